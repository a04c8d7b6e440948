import fc from 'fast-check';
import { test } from 'tap';
import { canonical, comment, quoted, targetOf, wordsOf } from '../../../../daemon/host/iptables/rule-text.ts';

test('a word comes back from its quotes as it was', (t) => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[ -~]+$/), { minLength: 1 }), (words) => {
      t.strictSame(wordsOf(words.map(quoted).join(' ')), words);
    }),
    { numRuns: 300 },
  );
  t.end();
});

test('what a rule leads to is read past its comment', (t) => {
  t.equal(targetOf('-m comment --comment "with -j in it" -j BOOTLET-MASQUERADE'), 'BOOTLET-MASQUERADE');
  t.equal(targetOf('-s 10.0.0.0/8 -g OTHER'), 'OTHER');
  t.equal(targetOf('-s 10.0.0.0/8'), undefined);
  t.end();
});

const same: readonly (readonly [what: string, asked: string, printed: string])[] = [
  ['an address of a network is the network', '-d 10.1.2.3/8 -j RETURN', '-d 10.0.0.0/8 -j RETURN'],
  ['an address alone is a network of one', '-d 10.1.2.3 -j RETURN', '-d 10.1.2.3/32 -j RETURN'],
  ['a mask is the length of a prefix', '-d 10.0.0.0/255.0.0.0 -j RETURN', '-d 10.0.0.0/8 -j RETURN'],
  ['IPv6 is written in one way', '-s FD00:0:0::1/64 -j RETURN', '-s fd00::/64 -j RETURN'],
  ['everything is not written', '-s 0.0.0.0/0 -j RETURN', '-j RETURN'],
  ['a negation stands before', '! -s 10.1.2.3/8 -j RETURN', '! -s 10.0.0.0/8 -j RETURN'],
  ['quotes are of no account', '-m comment --comment "bootlet" -j RETURN', '-m comment --comment bootlet -j RETURN'],
  ['the order of matches is of no account', '-m a --b 1 -m c ! --d 2 -j X', '-m c ! --d 2 -m a --b 1 -j X'],
  ['long names are short ones', '--source 10.0.0.0/8 --jump X', '-s 10.0.0.0/8 -j X'],
  ['a protocol has a name', '-p 132 -j X', '-p sctp -j X'],
];
for (const [what, asked, printed] of same) {
  test(`${what}, to compare rules`, (t) => {
    t.equal(canonical(asked), canonical(printed));
    t.end();
  });
}

const different: readonly (readonly [what: string, one: string, other: string])[] = [
  ['a negation', '! -s 10.0.0.0/8 -j X', '-s 10.0.0.0/8 -j X'],
  ['a negation of a match', '-m addrtype ! --dst-type LOCAL -j X', '-m addrtype --dst-type LOCAL -j X'],
  ['the length of a prefix', '-s 10.0.0.0/8 -j X', '-s 10.0.0.0/9 -j X'],
  ['an option of the target', '-j MASQUERADE --random-fully', '-j MASQUERADE'],
  ['a comment', '-m comment --comment a -j X', '-m comment --comment b -j X'],
  ['goto', '-j X', '-g X'],
];
for (const [what, one, other] of different) {
  test(`${what} makes another rule`, (t) => {
    t.not(canonical(one), canonical(other));
    t.end();
  });
}

test('a comment is as long as the kernel keeps it, and not longer', async (t) => {
  const [, , , text] = wordsOf(comment('a'.repeat(300)));
  t.equal(text, `bootlet: ${'a'.repeat(246)}`);
});
