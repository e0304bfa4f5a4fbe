/** The configuration is missing or wrong. The message is one sentence that names file, field and cure. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}
