package curve

import "sync"

// generator is the base point G.
var generator = Affine{
	X: Field{0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac},
	Y: Field{0x9c47d08ffb10d4b8, 0xfd17b448a6855419, 0x5da4fbfc0e1108a8, 0x483ada7726a3c465},
}

// Generator returns the table of the base point G, made at the first call.
var Generator = sync.OnceValue(func() *Table { return NewTable(&generator) })

// SecretGenerator returns the table of G for secret scalars, made at the first
// call.
var SecretGenerator = sync.OnceValue(func() *SecretTable { return NewSecretTable(&generator) })
