/**
 * Until a program on our terminal has put it into its own mode, Ctrl-C and Ctrl-\\ are signals to everybody who runs on
 * it: they are that program's, not ours. Returns the way to hear them again.
 */
export function shield(): () => void {
  const ignore = () => undefined;
  const shielded = (['SIGINT', 'SIGQUIT'] as const).map((name) => {
    const before = process.rawListeners(name);
    process.removeAllListeners(name);
    process.on(name, ignore);
    return () => {
      process.removeListener(name, ignore);
      for (const listener of before) process.on(name, listener as () => void);
    };
  });
  return () => {
    for (const restore of shielded) restore();
  };
}
