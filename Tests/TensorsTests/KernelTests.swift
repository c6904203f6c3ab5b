import Basics
import CKernels
import Foundation
import Tensors
import TestSupport
import Testing

/// Kernels at every instruction set of this machine.
@Suite struct KernelTests {
    static func atEachLevel(_ body: (Int, ck_table) throws -> Void) throws {
        for level in 0...MatrixProduct.bestLevel { try body(level, try #require(ck_table_at(Int32(level))).pointee) }
        #expect(ck_table_at(Int32(MatrixProduct.bestLevel + 1)) == nil)
    }

    @Test("products of odd shapes, at every level; fused levels agree to the bit, and a row does not depend on the batch")
    func products() throws {
        var random = SeededRandom(seed: 9)
        for (m, n, k) in [(1, 1, 1), (5, 16, 3), (6, 17, 64), (13, 33, 300), (31, 5, 257), (64, 256, 72)] {
            let a = (0..<m * k).map { _ in random.uniformFloat() - 0.5 }, b = (0..<k * n).map { _ in random.uniformFloat() - 0.5 }
            var fused: [[Float]] = []
            try KernelTests.atEachLevel { level, kernels in
                var c = [Float](repeating: .nan, count: m * n), row = [Float](repeating: .nan, count: n)
                let panels = FloatBuffer(count: Int(ck_packed_size(Int32(k), Int32(n))))
                kernels.pack(b, n, 1, Int32(k), Int32(n), panels.pointer)
                kernels.matmul(Int32(m), Int32(n), Int32(k), a, k, 1, panels.pointer, &c, n, 0, nil)
                kernels.matmul(1, Int32(n), Int32(k), Array(a[(m - 1) * k..<m * k]), k, 1, panels.pointer, &row, n, 0, nil)
                #expect(row == Array(c[(m - 1) * n..<m * n]))
                for i in 0..<m {
                    for j in 0..<n {
                        let exact = (0..<k).reduce(0.0) { $0 + Double(a[i * k + $1]) * Double(b[$1 * n + j]) }
                        #expect(abs(Double(c[i * n + j]) - exact) < 2e-6 * Double(k).squareRoot() + 1e-6, "level \(level), \(m)×\(n)×\(k)")
                    }
                }
                if level > 0 { fused.append(c) }
            }
            #expect(Set(fused).count <= 1)
        }
    }

    @Test("activations: absolute error below 2e-7, and infinities, NaN and denormals behave")
    func activations() throws {
        try KernelTests.atEachLevel { level, kernels in
            let x = stride(from: Float(-30), through: 30, by: 0.0173).map { $0 }
            var y = x
            kernels.activate(Int32(CK_SIGMOID), x.count, x, &y)
            #expect(zip(x, y).allSatisfy { abs(1 / (1 + exp(-Double($0))) - Double($1)) < 2e-7 }, "level \(level)")
            kernels.activate(Int32(CK_TANH), x.count, x, &y)
            #expect(zip(x, y).allSatisfy { abs(tanh(Double($0)) - Double($1)) < 3e-7 }, "level \(level)")
            let odd: [Float] = [100, -100, .infinity, -.infinity, .nan, Float(bitPattern: 71_362)]
            var z = odd
            kernels.activate(Int32(CK_SIGMOID), odd.count, odd, &z)
            #expect(z[0] == 1 && z[1] >= 0 && z[1] < 1e-30 && z[2] == 1 && z[3] >= 0 && z[3] < 1e-30 && z[4].isNaN && z[5] == 0.5)
            kernels.activate(Int32(CK_TANH), odd.count, odd, &z)
            #expect(z[0] == 1 && z[1] == -1 && z[2] == 1 && z[3] == -1 && z[4].isNaN && abs(z[5]) < 1e-6)
        }
    }
}

@Suite struct SafetensorsTests {
    static func sample() -> SafetensorsFile {
        var file = SafetensorsFile()
        file.set("weights", Tensor(shape: [2, 3], values: [1, 2, 3, 4, 5, 6]))
        file.set("time", shape: [2], .int64([1, -1]))
        file.set("empty", shape: [0, 4], .float32([]))
        file.metadata = ["a": "é\"", "b": "2"]
        return file
    }

    @Test("bytes and values are inverse; equal content gives equal bytes")
    func roundTrip() throws {
        let file = SafetensorsTests.sample()
        let bytes = file.bytes()
        #expect(try bytes.withUnsafeBytes { try SafetensorsFile.parse($0, file: "t") } == file)
        #expect(SafetensorsTests.sample().bytes() == bytes)
    }

    @Test("never traps and never reads beyond damaged files", arguments: 0..<400)
    func hostile(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bytes = SafetensorsTests.sample().bytes()
        for _ in 0..<1 + random.index(below: 4) { bytes[random.index(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
        if random.index(below: 2) == 0 { bytes = Array(bytes.prefix(random.index(below: bytes.count))) }
        _ = try? bytes.withUnsafeBytes { try SafetensorsFile.parse($0, file: "t") }
    }

    @Test("the Python library reads our files", .enabled(if: SharedData.client("python") != nil))
    func python() throws {
        let directory = try TemporaryDirectory()
        try SafetensorsTests.sample().write(to: directory.file("x.safetensors"))
        let script = "from safetensors.numpy import load_file; d=load_file('x.safetensors'); print(d['weights'].tolist(), d['time'].tolist(), d['empty'].shape)"
        let result = try RunProgram.run(try #require(SharedData.client("python")), ["-c", script], in: directory.path)
        #expect(result.output.contains("[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]] [1, -1] (0, 4)"), "\(result)")
    }
}
