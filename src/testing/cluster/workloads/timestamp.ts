/** A time (milliseconds since the epoch) as `metav1.Time` is written: RFC 3339, UTC, whole seconds. */
export const timestamp = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
