import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/**
 * What a TLS client trusts: the well-known authorities and those of a PEM file, which is read when it is first needed
 * and again when it has changed. The returned function throws one sentence for a file that is missing or no PEM.
 */
export function trustedBesides(caFile: string): () => Promise<SecureContext> {
  let read: { readonly version: string; readonly context: SecureContext } | undefined;
  return async () => {
    const version = await versionOf(caFile);
    if (read?.version !== version) {
      const ca = [...getCACertificates('default'), ...(await certificatesOf(caFile))];
      read = { version, context: createSecureContext({ ca }) };
    }
    return read.context;
  };
}

async function versionOf(caFile: string): Promise<string> {
  const { ino, size, mtimeMs } = await stat(caFile).catch((error: unknown) => {
    throw unreadable(caFile, error);
  });
  return `${ino} ${size} ${mtimeMs}`;
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

async function certificatesOf(caFile: string): Promise<readonly string[]> {
  const text = await readFile(caFile, 'latin1').catch((error: unknown) => {
    throw unreadable(caFile, error);
  });
  const certificates = text.match(PEM) ?? [];
  if (certificates.length === 0 || !certificates.every(isCertificate))
    throw new Error(`caFile: ${caFile} holds no certificates in PEM form; name a file of -----BEGIN CERTIFICATE-----.`);
  return certificates;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

function unreadable(caFile: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new Error(`caFile: ${caFile} cannot be read (${code}); correct the path in the configuration or its rights.`);
}
