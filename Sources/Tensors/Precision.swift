import Basics
import CKernels

/// How the matrix products of a plan are computed; a part of ``ProductKernels``. See `CKernels.h`.
package enum Precision: String, CaseIterable, Sendable {
    case float32
    /// Three products of bfloat16 parts on AMX tiles: several times faster where the operating system grants them,
    /// close to float32 (about 4e-6 of the largest value), not equal.
    case splitBF16 = "split-bf16"
    /// The same parts by ordinary vectors, slowly: to study the error on any machine.
    case splitBF16Emulated = "split-bf16-emulated"

    /// The precision as C kernels number it.
    package var code: Int32 {
        switch self {
        case .float32: Int32(CK_FLOAT32)
        case .splitBF16: Int32(CK_SPLIT_BF16)
        case .splitBF16Emulated: Int32(CK_SPLIT_BF16_EMULATED)
        }
    }

    /// Whether this machine offers AMX to this process.
    package static var isSplitGranted: Bool { ck_split_is_granted() != 0 }
}
