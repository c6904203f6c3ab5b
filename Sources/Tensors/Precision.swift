import Basics
import CKernels

/// How products are computed: the mode of the whole process, chosen once when training starts. See `CKernels.h`.
package enum Precision: String, CaseIterable, Sendable {
    case float32
    /// Three products of bfloat16 parts on AMX tiles: several times faster where the kernel grants them, close to
    /// float32, not equal.
    case splitBF16 = "split-bf16"
    /// The same parts by ordinary vectors, slowly: to study the error on any machine.
    case splitBF16Emulated = "split-bf16-emulated"

    /// - Throws: ``Failure`` where the processor has no AMX or the kernel does not grant it.
    package func select() throws {
        let code =
            switch self {
            case .float32: CK_FLOAT32
            case .splitBF16: CK_SPLIT_BF16
            case .splitBF16Emulated: CK_SPLIT_BF16_EMULATED
            }
        guard ck_set_precision(Int32(code)) == 0 else {
            throw Failure(
                "precision.not-granted", "found no AMX tiles for the precision '\(rawValue)' on this machine",
                hint: "train with float32, or on a processor with AMX")
        }
    }

    /// Whether this machine offers AMX to this process.
    package static var isSplitGranted: Bool { ck_split_is_granted() != 0 }
}
