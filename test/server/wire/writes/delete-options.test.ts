import { expect } from 'chai';
import { parseDeleteOptions } from '../../../../src/server/wire/writes/delete-options.ts';
import { apiErrorFrom } from '../api-error-of.ts';

const query = (text = ''): URLSearchParams => new URLSearchParams(text);

describe('parseDeleteOptions()', () => {
  it('reads the body if there is one, and ignores the query', () => {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Orphan', preconditions: { uid: 'u' } };
    expect(parseDeleteOptions(body, query('dryRun=All&propagationPolicy=Foreground'))).to.deep.equal({
      dryRun: false,
      preconditions: { uid: 'u' },
      propagationPolicy: 'Orphan',
      orphanDependents: undefined,
    });
  });

  it('reads the query if there is no body', () => {
    expect(
      parseDeleteOptions(undefined, query('dryRun=All&orphanDependents=false&gracePeriodSeconds=3')),
    ).to.deep.equal({
      dryRun: true,
      preconditions: undefined,
      propagationPolicy: undefined,
      orphanDependents: false,
    });
  });

  for (const [text, preconditions] of [
    ['uid=u', { uid: 'u', resourceVersion: undefined }],
    ['resourceVersion=7', { uid: undefined, resourceVersion: '7' }],
    ['uid=u&resourceVersion=7', { uid: 'u', resourceVersion: '7' }],
    ['uid=&resourceVersion=', undefined],
  ] as const) {
    it(`reads preconditions from the query: ?${text}`, () => {
      expect(parseDeleteOptions(undefined, query(text)).preconditions).to.deep.equal(preconditions);
    });
  }

  it('treats an empty precondition in a body as a precondition', () => {
    expect(parseDeleteOptions({ preconditions: { uid: '' } }, query()).preconditions).to.deep.equal({ uid: '' });
  });

  for (const [body, parameters, code, message] of [
    ['text', '', 400, 'json: cannot unmarshal string into Go value of type v1.DeleteOptions'],
    [[], '', 400, 'json: cannot unmarshal array into Go value of type v1.DeleteOptions'],
    [{ kind: 'Pod' }, '', 400, 'decoded object cannot be converted to DeleteOptions'],
    [
      { gracePeriodSeconds: 'x' },
      '',
      400,
      'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
    ],
    [undefined, 'gracePeriodSeconds=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      { propagationPolicy: '' },
      '',
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
    [
      { dryRun: ['x'] },
      '',
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["x"]: supported values: "All"',
    ],
    [
      undefined,
      'propagationPolicy=Orphan&orphanDependents=true',
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    ],
  ] as const) {
    it(`throws a ${code} for ${JSON.stringify(body)} ${parameters}`, () => {
      const error = apiErrorFrom(() => parseDeleteOptions(body, query(parameters)));
      expect([error.code, error.status.message]).to.deep.equal([code, message]);
    });
  }
});
