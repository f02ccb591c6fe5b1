import { expect } from 'chai';
import { parsePrometheusText, valueOf } from './prometheus-text.ts';

const counter = '# HELP a_total Help.\n# TYPE a_total counter\n';
const histogram = '# HELP h Help.\n# TYPE h histogram\n';

describe('parsePrometheusText()', () => {
  it('reads metrics, labels with escaped characters, and values', () => {
    const text = `${counter}a_total{x="1",y="a\\"b\\\\c\\nd"} 2\na_total{x="2",y=""} 3\n`;
    const metrics = parsePrometheusText(text);
    expect(metrics.get('a_total')?.samples.map(({ labels }) => labels['y'])).to.deep.equal(['a"b\\c\nd', '']);
    expect(valueOf(metrics, 'a_total', { x: '2' })).to.equal(3);
    expect(() => valueOf(metrics, 'a_total')).to.throw('2 series of a_total');
  });

  for (const [title, text, message] of [
    ['a text without a line end', '# HELP a Help.', 'the last line has no end'],
    ['a sample without a type', 'a 1\n', 'a has no TYPE before it'],
    ['a type without a help text', '# TYPE a gauge\na 1\n', 'a has no help text'],
    ['a metric that occurs twice', `${counter}${counter}`, 'a_total occurs twice'],
    [
      'a series that occurs twice',
      `${counter}a_total{x="1",y="2"} 1\na_total{y="2",x="1"} 1\n`,
      'the series occurs twice',
    ],
    ['a label that occurs twice', `${counter}a_total{x="1",x="2"} 1\n`, 'the label x occurs twice'],
    ['a label that is not escaped', `${counter}a_total{x="a"b"} 1\n`, 'these are no labels'],
    ['a name with a bad character', `${counter}a-total 1\n`, 'this line is no sample'],
    ['a value that is no number', `${counter}a_total x\n`, 'x is no number'],
    ['a negative counter', `${counter}a_total -1\n`, 'a_total is negative'],
    [
      'buckets that decrease',
      `${histogram}h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n`,
      'decrease',
    ],
    ['a histogram without its last bucket', `${histogram}h_bucket{le="1"} 2\nh_sum 1\nh_count 2\n`, 'is not its count'],
  ] as const) {
    it(`rejects ${title}`, () => {
      expect(() => parsePrometheusText(text)).to.throw(message);
    });
  }
});
