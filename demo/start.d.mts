/** Installs the locked dependencies when they are missing or older than the lock file. */
export function install(): void;
/** Builds when a source is newer than the last complete build. */
export function build(): void;
