/** `sys.exit(code)`. */
export class ScriptExit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** boss-manage's own error: printed after an empty line as `Boss Manage Error: …`, each cause on a line, exit 2. */
export class BossManageError extends Error {
  readonly causes: readonly string[];
  constructor(message: string, causes: readonly string[] = []) {
    super(message);
    this.causes = causes;
  }
}

/** What Python dies of with a traceback: its class with its module, and what it says. Exit 1. */
export class PythonError extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** Ctrl-C. Exit 130, as a shell sees it. */
export class KeyboardInterrupt extends Error {
  constructor() {
    super('');
  }
}
