package curve

import "golang.org/x/sys/cpu"

func detect() Tier {
	x := &cpu.X86
	switch {
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512VL && x.HasAVX512BW && x.HasAVX512IFMA && x.HasAVX512VBMI2 && x.HasBMI2 && x.HasADX:
		return IFMA
	case x.HasBMI2 && x.HasADX:
		return ADX
	default:
		return Portable
	}
}
