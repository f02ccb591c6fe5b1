// Moved: certificates are made by the command, too. This file goes when nothing imports it any more.
export * from '../../certificates.ts';
