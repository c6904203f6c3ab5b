package import Basics
import CKernels

/// What computes the matrix products of a plan: a library and a precision.
///
/// A value that goes from a trainer or a predictor to its arenas, from there to layers, and with every product into C.
/// Nothing of it is kept for the process, so trainings beside each other cannot change each other's bits.
///
/// Only the library and the precision that a value was made with decide how products are rounded; on a given
/// ``KernelsName`` the result is the same for any number of threads.
package struct ProductKernels: Sendable, Hashable {
    /// Where the products of a plan are computed.
    package enum Library: String, CaseIterable, Sendable {
        /// Our own panel kernels: the same bits for any number of threads and rows, and on AVX2 and AVX-512.
        case panels
        /// Debian's OpenBLAS on one thread. Its bits depend on the processor it chose kernels for, and a row's on how
        /// many rows are computed with it.
        case openblas
    }

    /// Where products are computed.
    package let library: Library
    /// How products are rounded.
    package let precision: Precision

    /// Our own kernels in float32: what everything uses that asks for nothing else.
    package static let panels = ProductKernels(checked: .panels, .float32)

    private init(checked library: Library, _ precision: Precision) {
        self.library = library
        self.precision = precision
    }

    /// - Throws: ``Failure``: `precision.not-granted` where the processor has no AMX or the operating system does not
    ///   grant it, `openblas.missing` without the library, `kernels.precision` for OpenBLAS in another precision than
    ///   float32.
    package init(_ library: Library, _ precision: Precision = .float32) throws(Failure) {
        if precision == .splitBF16, !Precision.isSplitGranted {
            throw Failure(
                "precision.not-granted", "found no AMX tiles for the precision '\(precision.rawValue)' on this machine",
                hint: "train with float32, or on a processor with AMX")
        }
        if library == .openblas {
            guard precision == .float32 else {
                throw Failure(
                    "kernels.precision",
                    "found the precision '\(precision.rawValue)' with the kernels 'openblas', expected float32",
                    hint: "train with kernels: panels, or without 'precision'", exitStatus: .usage)
            }
            _ = try OpenBLAS.load()
        }
        self.init(checked: library, precision)
    }

    /// What computes with these kernels on this machine, as a run records it.
    package var name: KernelsName { KernelsName.here(library, precision) }

    /// The instruction set of our own kernels in this process: the best of the processor, or the lower one that
    /// `HFTML_KERNEL_LEVEL` asks for to compare levels. Names record which it was.
    package static var instructionSet: String {
        switch Int(ck_level()) {
        case CK_AVX512: "avx512"
        case CK_AVX2: "avx2"
        default: "portable"
        }
    }
}
