import { userInfo } from 'node:os';

/** Who runs this process, as a name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in the password file, as in some containers.
    return String(process.getuid?.() ?? 'unknown');
  }
}
