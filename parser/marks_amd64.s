#include "textflag.h"

// func markBlocksAVX2(a, b *uint64, data *byte, blocks int, first, second byte)
TEXT ·markBlocksAVX2(SB), NOSPLIT, $0-34
	MOVQ a+0(FP), DI
	MOVQ b+8(FP), R8
	MOVQ data+16(FP), SI
	MOVQ blocks+24(FP), CX
	VPBROADCASTB first+32(FP), Y0
	VPBROADCASTB second+33(FP), Y1

block:
	VMOVDQU   (SI), Y2
	VMOVDQU   32(SI), Y3
	VPCMPEQB  Y0, Y2, Y4
	VPMOVMSKB Y4, AX
	VPCMPEQB  Y0, Y3, Y5
	VPMOVMSKB Y5, BX
	VPCMPEQB  Y1, Y2, Y6
	VPMOVMSKB Y6, R9
	VPCMPEQB  Y1, Y3, Y7
	VPMOVMSKB Y7, R10
	SHLQ      $32, BX
	ORQ       BX, AX
	MOVQ      AX, (DI)
	SHLQ      $32, R10
	ORQ       R10, R9
	MOVQ      R9, (R8)
	ADDQ      $64, SI
	ADDQ      $8, DI
	ADDQ      $8, R8
	DECQ      CX
	JNZ       block
	VZEROUPPER
	RET
