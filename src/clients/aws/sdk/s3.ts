/** What is used of the package, by name: a bundle then leaves out the rest. */
export { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
