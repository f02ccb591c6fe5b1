import { expect } from 'chai';
import { requirePathSegmentName } from '../../../src/server/wire/names.ts';
import { apiErrorFrom } from './api-error-of.ts';

describe('requirePathSegmentName()', () => {
  it('throws a 400 with the name quoted', () => {
    const { status } = apiErrorFrom(() => requirePathSegmentName('a%b'));
    expect(status).to.include({ code: 400, message: 'Name parameter invalid: "a%b": may not contain \'%\'' });
    requirePathSegmentName('fine');
  });
});
