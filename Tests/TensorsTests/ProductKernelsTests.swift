import Basics
import CKernels
import Tensors
import Testing

@Suite struct ProductKernelsTests {
    @Test("names are read back as they are written")
    func names() throws {
        let own = "panels-\(ProductKernels.instructionSet)"
        #expect("\(ProductKernels.panels.name)" == own)
        #expect("\(try ProductKernels(.panels, .splitBF16Emulated).name)" == "\(own)+split-bf16-emulated")
        #expect("\(KernelsName.here(.panels, .splitBF16))" == "\(own)+split-bf16")
        for text in ["panels-avx2", "panels-portable+split-bf16", "openblas-SkylakeX", "openblas-Neoverse-N1"] {
            #expect(KernelsName(text).map { "\($0)" } == text)
        }
        for text in ["", "panels", "mkl-avx2", "panels-avx2+float64", "AVX9"] { #expect(KernelsName(text) == nil) }
    }

    @Test("runs of earlier versions have the instruction set alone")
    func earlierNames() {
        #expect(KernelsName("AVX-512") == KernelsName("panels-avx512"))
        #expect(KernelsName("AVX2") == KernelsName("panels-avx2"))
        #expect(KernelsName("portable") == KernelsName("panels-portable"))
    }

    @Test(
        "bits agree on AVX2 and AVX-512, and else only under the same name",
        arguments: [
            ("panels-avx2", "panels-avx512", true), ("panels-avx512", "panels-avx512", true),
            ("panels-portable", "panels-avx2", false), ("openblas-Zen", "openblas-Zen", true),
            ("openblas-Zen", "openblas-SkylakeX", false), ("panels-avx2", "openblas-Zen", false),
        ])
    func bits(first: String, second: String, agree: Bool) throws {
        let a = try #require(KernelsName(first)), b = try #require(KernelsName(second))
        #expect(a.hasBits(of: b) == agree && b.hasBits(of: a) == agree)
    }

    @Test("what a machine or a library cannot do is refused with a next step")
    func refused() throws {
        if case .available(let core, let build) = OpenBLAS.availability {
            #expect(!core.isEmpty && build.contains("OpenBLAS"))
            #expect("\(try ProductKernels(.openblas).name)" == "openblas-\(core)")
            let mixed = #expect(throws: Failure.self) { try ProductKernels(.openblas, .splitBF16Emulated) }
            #expect(mixed?.code == "kernels.precision" && mixed?.exitStatus == .usage)
        } else {
            let missing = #expect(throws: Failure.self) { try ProductKernels(.openblas) }
            #expect(missing?.code == "openblas.missing" && missing?.hint?.contains("apt-get install") == true)
        }
        if Precision.isSplitGranted {
            #expect(try ProductKernels(.panels, .splitBF16).precision == .splitBF16)
        } else {
            let refused = #expect(throws: Failure.self) { try ProductKernels(.panels, .splitBF16) }
            #expect(refused?.code == "precision.not-granted")
        }
    }

    @Test("the precision of a product is its own: the same call with another precision gives other bits, and back")
    func precision() throws {
        var random = SeededRandom(seed: 3)
        let n = 64, a = (0..<n * n).map { _ in random.uniformFloat() - 0.5 },
            b = FloatBuffer((0..<n * n).map { _ in random.uniformFloat() - 0.5 })
        func product(_ precision: Precision) throws -> [UInt32] {
            var c = [Float](repeating: 0, count: n * n)
            MatrixProduct.multiply(
                m: n, n: n, k: n, a: a, aRow: n, aColumn: 1, b: b.pointer, bRow: n, c: &c, cRow: n,
                accumulates: false, try ProductKernels(.panels, precision))
            return c.map(\.bitPattern)
        }
        let first = try product(.float32), split = try product(.splitBF16Emulated)
        #expect(first != split)
        #expect(try product(.float32) == first)
        #expect(try product(.splitBF16Emulated) == split)
    }
}
