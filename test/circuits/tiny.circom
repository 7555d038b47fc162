pragma circom 2.1.5;

// Six constraints with the public signals of the ZKID circuit: a ceremony over it takes a second. It proves nothing.
template Tiny() {
    signal input secret;
    signal input scope;
    signal input today;
    signal input binding;
    signal output nullifier;
    signal output root;
    signal output policyHash;
    signal commitment <== secret * secret;
    root <== commitment * secret;
    nullifier <== commitment * scope;
    policyHash <== scope * scope;
    signal bound <== binding * today;
}

component main {public [scope, today, binding]} = Tiny();
