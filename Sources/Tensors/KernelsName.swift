import Basics

/// The name of what computed a run, as it is recorded: `panels-avx512`, `panels-avx2+split-bf16`, `openblas-SkylakeX`.
package struct KernelsName: Sendable, Hashable, CustomStringConvertible {
    /// What library computed.
    package let library: ProductKernels.Library
    /// The instruction set of our own kernels, or the processor that OpenBLAS chose its kernels for.
    package let processor: String
    /// How products were rounded.
    package let precision: Precision

    init(_ library: ProductKernels.Library, processor: String, precision: Precision) {
        (self.library, self.processor, self.precision) = (library, processor, precision)
    }

    /// What the kernels would be on this machine. OpenBLAS that is not there has the processor `missing`.
    package static func here(_ library: ProductKernels.Library, _ precision: Precision) -> KernelsName {
        let processor: String
        switch library {
        case .panels: processor = ProductKernels.instructionSet
        case .openblas: processor = (try? OpenBLAS.load()) ?? "missing"
        }
        return KernelsName(library, processor: processor, precision: precision)
    }

    /// Reads a recorded name. Runs of versions before this type have the instruction set alone, `AVX-512`; their
    /// precision stands in their configuration.
    ///
    /// - Returns: nil for what no version has written.
    package init?(_ recorded: String) {
        let earlier = ["AVX-512": "avx512", "AVX2": "avx2", "portable": "portable"]
        if let set = earlier[recorded] {
            self.init(.panels, processor: set, precision: .float32)
            return
        }
        let parts = recorded.split(separator: "+", maxSplits: 1)
        guard let first = parts.first, let dash = first.firstIndex(of: "-"),
            let library = ProductKernels.Library(rawValue: String(first[..<dash])),
            let precision = parts.count > 1 ? Precision(rawValue: String(parts[1])) : .float32
        else { return nil }
        self.init(library, processor: String(first[first.index(after: dash)...]), precision: precision)
    }

    /// As a run records it.
    package var description: String {
        "\(library.rawValue)-\(processor)" + (precision == .float32 ? "" : "+\(precision.rawValue)")
    }

    /// Whether products have the same bits under both names, at one precision: our own kernels agree with fused
    /// multiply-adds (AVX2, AVX-512) and to rounding without; OpenBLAS only with itself on the same processor.
    package func hasBits(of other: KernelsName) -> Bool {
        guard library == other.library else { return false }
        let fused = ["avx2", "avx512"]
        return processor == other.processor
            || (library == .panels && fused.contains(processor) && fused.contains(other.processor))
    }
}
