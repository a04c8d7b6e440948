import { test } from 'tap';
import { unmet } from '../../conformance/pods/requirements.ts';

test('what a case requires is looked for, and what nobody knows how to look for counts as lacking, loudly', async (t) => {
  t.same(unmet(), []);
  t.same(unmet(['cluster-dns', 'shared-mounts']), []);
  t.same(unmet(['cluster-dns', 'gpu']), ['gpu (UNKNOWN to test/conformance/pods/requirements.ts)']);
});
