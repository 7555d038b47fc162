pragma circom 2.1.5;

include "poseidon.circom";

// ZKID admission: "I hold a credential under this root that satisfies this policy today, this is my one name
// (nullifier) in this scope, and the proof is meant for this wallet." README.md states it in full.

// The n low bits of `in`, least significant first. Also the range check 0 <= in < 2^n.
// Invariant: n < 253, so the sum cannot wrap around the field and the decomposition is the only one.
template Bits(n) {
    signal input in;
    signal output out[n];
    var sum = 0;
    for (var i = 0; i < n; i++) {
        out[i] <-- (in >> i) & 1;
        out[i] * (out[i] - 1) === 0;
        sum += out[i] * (1 << i);
    }
    sum === in;
}

// in[bits], bits least significant first. Invariant: the caller has constrained the bits to 0 or 1.
template Pick(k) {
    signal input in[1 << k];
    signal input bits[k];
    signal output out;
    var width = 1 << k;
    signal chosen[width - 1]; // level by level; the last one is the result
    var level[width];
    for (var i = 0; i < width; i++) { level[i] = in[i]; }
    var at = 0;
    for (var l = 0; l < k; l++) {
        width = width >> 1;
        for (var i = 0; i < width; i++) {
            chosen[at] <== bits[l] * (level[2*i+1] - level[2*i]) + level[2*i];
            level[i] = chosen[at];
            at++;
        }
    }
    out <== level[0];
}

// Root of a tree of arity 8. The prover gives all eight children of every node on the path, leaf level first,
// and the position bits, lowest level first; the node below must be the child at its position.
template TreeRoot(depth) {
    signal input leaf;
    signal input index[3 * depth];
    signal input children[depth][8];
    signal output root;
    component node[depth];
    component position[depth];
    for (var i = 0; i < 3 * depth; i++) { index[i] * (index[i] - 1) === 0; }
    for (var d = 0; d < depth; d++) {
        position[d] = Pick(3);
        node[d] = Poseidon8();
        for (var j = 0; j < 8; j++) {
            position[d].in[j] <== children[d][j];
            node[d].in[j] <== children[d][j];
        }
        for (var j = 0; j < 3; j++) { position[d].bits[j] <== index[3*d + j]; }
        if (d == 0) { position[d].out === leaf; }
        else { position[d].out === node[d-1].out; }
    }
    root <== node[depth-1].out;
}

// Packed words, least significant bit first (src/protocol/zkid.ts packs the same):
//   attributes, 68 bits: expiry YYYYMMDD 25 | birth YYYYMMDD 25 | ISO-3166 numeric country 10 | kind 2 | tier 2
//                        | screened 1 | generation 3
//   policy, 17 bits:     kind mask 4 | minimum tier 2 | minimum age 7 | must be screened 1 | maximum generation 3
template Zkid(depth) {
    signal input secret;
    signal input attributes;
    signal input index[3 * depth];
    signal input children[depth][8];
    signal input allowedCountries[7]; // bitmap, 128 bits a word; country c is bit c % 128 of word c / 128
    signal input policy;
    signal input scope;               // public
    signal input today;               // public, YYYYMMDD
    signal input binding;             // public
    signal output nullifier;
    signal output root;
    signal output policyHash;

    // commitment = P2(secret, 0); leaf = P2(commitment, attributes). Leaves and nodes hash with different widths,
    // so no node can pass for a leaf.
    component commitment = Poseidon2();
    commitment.in[0] <== secret;
    commitment.in[1] <== 0;
    component leaf = Poseidon2();
    leaf.in[0] <== commitment.out;
    leaf.in[1] <== attributes;
    component tree = TreeRoot(depth);
    tree.leaf <== leaf.out;
    tree.index <== index;
    tree.children <== children;
    root <== tree.root;

    component name = Poseidon2();
    name.in[0] <== scope;
    name.in[1] <== secret;
    nullifier <== name.out;

    component rules = Poseidon8();
    for (var i = 0; i < 7; i++) { rules.in[i] <== allowedCountries[i]; }
    rules.in[7] <== policy;
    policyHash <== rules.out;

    component a = Bits(68);
    a.in <== attributes;
    component p = Bits(17);
    p.in <== policy;
    var expiry = 0;
    var birth = 0;
    var minAge = 0;
    for (var i = 0; i < 25; i++) {
        expiry += a.out[i] * (1 << i);
        birth += a.out[25 + i] * (1 << i);
    }
    for (var i = 0; i < 7; i++) { minAge += p.out[6 + i] * (1 << i); }

    // Differences are range-checked: a negative one is a field element near the modulus and has no short
    // decomposition. The contract bounds `today`, so no difference can wrap on purpose.
    // Good through the expiry day itself, and for at most 104 years.
    component unexpired = Bits(20);
    unexpired.in <== expiry - today;
    // YYYYMMDD - age * 10000 is the calendar date `age` years ago: exact to the day. Born on 29 February, one
    // comes of age on 1 March. Nobody is older than 209 years.
    component oldEnough = Bits(21);
    oldEnough.in <== today - birth - minAge * 10000;
    component tierEnough = Bits(2);
    tierEnough.in <== a.out[62] + 2*a.out[63] - p.out[4] - 2*p.out[5];
    component generationAllowed = Bits(3);
    generationAllowed.in <== p.out[14] + 2*p.out[15] + 4*p.out[16] - a.out[65] - 2*a.out[66] - 4*a.out[67];

    component kindAllowed = Pick(2);
    for (var i = 0; i < 4; i++) { kindAllowed.in[i] <== p.out[i]; }
    kindAllowed.bits[0] <== a.out[60];
    kindAllowed.bits[1] <== a.out[61];
    kindAllowed.out === 1;

    p.out[13] * (1 - a.out[64]) === 0; // must be screened => screened

    // Country codes 896 to 1023 select word 7, which is zero: outside the table is refused.
    component word = Pick(3);
    for (var i = 0; i < 7; i++) { word.in[i] <== allowedCountries[i]; }
    word.in[7] <== 0;
    for (var i = 0; i < 3; i++) { word.bits[i] <== a.out[57 + i]; }
    component wordBits = Bits(128);
    wordBits.in <== word.out;
    component countryAllowed = Pick(7);
    for (var i = 0; i < 128; i++) { countryAllowed.in[i] <== wordBits.out[i]; }
    for (var i = 0; i < 7; i++) { countryAllowed.bits[i] <== a.out[50 + i]; }
    countryAllowed.out === 1;

    // Keeps the binding in the constraint system, so that a proof cannot be moved to another wallet.
    signal bound <== binding * binding;
}

// Public signals: outputs first, so nullifier, root, policyHash, scope, today, binding.
component main {public [scope, today, binding]} = Zkid(6);
