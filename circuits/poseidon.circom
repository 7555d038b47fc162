pragma circom 2.1.5;

include "poseidon-constants.circom";

// Poseidon over BN254 (x^5, 8 full rounds, reference parameters), with the S-box INPUTS as wires.
//
// The usual circuits make the S-box outputs wires, so every linear layer widens the A and B rows of the next
// S-box. Here each S-box is three rows, x2 = x*x, x4 = x2*x2 and x4*x = (a linear form of later wires), and the
// dense algebra of the matrix lands in C alone. A Groth16 key does not store C: 70,321 stored coefficients
// become 8,626 and the witness program shrinks 17 times. Compile with --O1: O2 would substitute it all back.
//
// Invariant behind every `<--` below: the new wire is pinned by exactly one `===` that says "the S-box output,
// computed from the next state by the inverse matrix, equals x4*x". The full rounds use the whole inverse M^-1;
// the partial rounds need 1/M[0][0] only, because only element 0 passes the S-box.
//
// t: width (inputs + 1); RP: partial rounds; C: t*(8+RP) round constants; M, MI: matrix and inverse, row by row;
// corner: 1/M[0][0].
template PoseidonOf(t, RP, C, M, MI, corner) {
    signal input in[t-1];
    signal output out;

    // S-box inputs of full rounds 1..3 (wire[0..2]) and 4..7 (wire[3..6]); round 0 is linear in the inputs.
    signal wire[7][t];
    signal square[8][t];
    signal fourth[8][t];
    signal partial[RP];        // the one S-box input of each partial round
    signal partialSquare[RP];
    signal partialFourth[RP];
    signal entering[t];        // state entering the partial rounds; element 0 is partial[0]
    signal last[t];            // S-box outputs of the last round; element 0 is implied by `out`
    entering[0] <== 0;
    last[0] <== 0;

    var state[t];              // linear forms of wires, used in constraints
    var value[t];              // the same state as values, used by the witness program
    var next[t];
    var power;
    var output_;
    for (var i = 0; i < t; i++) {
        state[i] = C[i];
        value[i] = C[i];
        if (i > 0) {
            state[i] = state[i] + in[i-1];
            value[i] = value[i] + in[i-1];
        }
    }

    // First four full rounds.
    for (var r = 0; r < 4; r++) {
        for (var i = 0; i < t; i++) {
            square[r][i] <== state[i] * state[i];
            fourth[r][i] <== square[r][i] * square[r][i];
        }
        for (var i = 0; i < t; i++) { next[i] = C[(r+1)*t+i]; }
        for (var i = 0; i < t; i++) {
            power = fourth[r][i] * value[i];
            for (var j = 0; j < t; j++) { next[j] = next[j] + M[j*t+i] * power; }
        }
        for (var i = 0; i < t; i++) {
            if (r < 3) { wire[r][i] <-- next[i]; }
            else {
                if (i == 0) { partial[0] <-- next[i]; }
                else { entering[i] <-- next[i]; }
            }
            value[i] = next[i];
        }
        for (var i = 0; i < t; i++) {
            output_ = 0;
            for (var j = 0; j < t; j++) {
                if (r < 3) { output_ = output_ + MI[i*t+j] * (wire[r][j] - C[(r+1)*t+j]); }
                else {
                    if (j == 0) { output_ = output_ + MI[i*t] * (partial[0] - C[4*t]); }
                    else { output_ = output_ + MI[i*t+j] * (entering[j] - C[4*t+j]); }
                }
            }
            fourth[r][i] * state[i] === output_;
        }
        for (var i = 0; i < t; i++) {
            if (r < 3) { state[i] = wire[r][i]; }
            else {
                if (i == 0) { state[i] = partial[0]; }
                else { state[i] = entering[i]; }
            }
        }
    }

    // Partial rounds. Elements 1..t-1 stay linear forms that never enter A or B.
    for (var r = 0; r < RP; r++) {
        partialSquare[r] <== partial[r] * partial[r];
        partialFourth[r] <== partialSquare[r] * partialSquare[r];
        power = partialFourth[r] * value[0];
        for (var i = 0; i < t; i++) {
            next[i] = C[(r+5)*t+i] + M[i*t] * power;
            for (var j = 1; j < t; j++) { next[i] = next[i] + M[i*t+j] * value[j]; }
        }
        for (var i = 0; i < t; i++) { value[i] = next[i]; }

        if (r < RP - 1) {
            partial[r+1] <-- value[0];
            output_ = partial[r+1];
        } else {
            for (var i = 0; i < t; i++) { wire[3][i] <-- value[i]; }
            output_ = wire[3][0];
        }
        // next[0] = C + M[0][0]*sbox + sum M[0][j]*state[j]  =>  sbox is linear in next[0] and the old state.
        output_ = output_ - C[(r+5)*t];
        for (var j = 1; j < t; j++) { output_ = output_ - M[j] * state[j]; }
        output_ = output_ * corner;
        partialFourth[r] * partial[r] === output_;

        for (var i = 1; i < t; i++) {
            next[i] = C[(r+5)*t+i] + M[i*t] * output_;
            for (var j = 1; j < t; j++) { next[i] = next[i] + M[i*t+j] * state[j]; }
        }
        for (var i = 1; i < t; i++) { state[i] = next[i]; }
        if (r == RP - 1) {
            for (var i = 1; i < t; i++) { wire[3][i] === state[i]; }
        }
    }

    // Last four full rounds. Only element 0 of the last linear layer is the hash.
    for (var r = 0; r < 4; r++) {
        for (var i = 0; i < t; i++) {
            square[4+r][i] <== wire[3+r][i] * wire[3+r][i];
            fourth[4+r][i] <== square[4+r][i] * square[4+r][i];
        }
        if (r < 3) {
            for (var i = 0; i < t; i++) { next[i] = C[(5+RP+r)*t+i]; }
            for (var i = 0; i < t; i++) {
                power = fourth[4+r][i] * wire[3+r][i];
                for (var j = 0; j < t; j++) { next[j] = next[j] + M[j*t+i] * power; }
            }
            for (var i = 0; i < t; i++) { wire[4+r][i] <-- next[i]; }
            for (var i = 0; i < t; i++) {
                output_ = 0;
                for (var j = 0; j < t; j++) { output_ = output_ + MI[i*t+j] * (wire[4+r][j] - C[(5+RP+r)*t+j]); }
                fourth[4+r][i] * wire[3+r][i] === output_;
            }
        } else {
            power = 0;
            for (var i = 0; i < t; i++) { power = power + M[i] * (fourth[7][i] * wire[6][i]); }
            out <-- power;
            output_ = out;
            for (var i = 1; i < t; i++) {
                last[i] <== fourth[7][i] * wire[6][i];
                output_ = output_ - M[i] * last[i];
            }
            fourth[7][0] * wire[6][0] === output_ * corner;
        }
    }
}

template Poseidon2() {
    signal input in[2];
    signal output out;
    component hash = PoseidonOf(3, 57, poseidonConstants3(), poseidonMatrix3(), poseidonInverse3(), poseidonCorner3());
    hash.in <== in;
    out <== hash.out;
}

template Poseidon8() {
    signal input in[8];
    signal output out;
    component hash = PoseidonOf(9, 63, poseidonConstants9(), poseidonMatrix9(), poseidonInverse9(), poseidonCorner9());
    hash.in <== in;
    out <== hash.out;
}
