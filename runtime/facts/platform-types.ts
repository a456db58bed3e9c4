/**
 * What the public types need of the platform, by shape: the package type-checks with `lib: es2022` alone, without
 * `@types/node` and without the DOM's library. Node's own classes fit.
 */

/** A `file:` URL: Node's `URL` fits. */
export interface FileUrl {
  readonly href: string;
  readonly pathname: string;
  readonly protocol: string;
}

/** What ends a reading: Node's `AbortSignal` fits. */
export interface StopSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
