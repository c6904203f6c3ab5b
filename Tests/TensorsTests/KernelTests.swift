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

    /// C = A·B with A dense, through one level's kernel; B packed, or read in place.
    static func product(
        _ kernels: ck_table, m: Int, n: Int, k: Int, taps: Int = 1, a: [Float], aTap: Int = 0, b: FloatBuffer,
        isPacked: Bool, bias: [Float]? = nil,
        activation: Int32 = Int32(CK_IDENTITY)
    ) -> [Float] {
        var c = [Float](repeating: .nan, count: m * n)
        a.withUnsafeBufferPointer { a in
            c.withUnsafeMutableBufferPointer { c in
                (bias ?? []).withUnsafeBufferPointer { bias in
                    var product = ck_product(
                        m: Int32(m), n: Int32(n), taps: Int32(taps), depth: Int32(k), a: a.baseAddress, a_row: k,
                        a_column: 1, a_tap: aTap, b: b.pointer,
                        b_step: isPacked ? Int(CK_PANEL) : n,
                        b_next: isPacked ? taps * k * Int(CK_PANEL) : Int(CK_PANEL), c: c.baseAddress, c_row: n,
                        accumulate: 0, bias: bias.isEmpty ? nil : bias.baseAddress, activation: activation,
                        backwards: 0, precision: Int32(CK_FLOAT32))
                    kernels.product(&product)
                }
            }
        }
        return c
    }

    @Test(
        "products of odd shapes at every level: fused levels agree to the bit, rows do not depend on the batch"
    )
    func products() throws {
        var random = SeededRandom(seed: 9)
        for (m, n, k) in [
            (1, 1, 1), (1, 400, 100), (3, 130, 20), (5, 16, 3), (6, 17, 64), (13, 33, 300), (31, 5, 257), (64, 256, 72),
        ] {
            let a = (0..<m * k).map { _ in random.uniformFloat() - 0.5 },
                b = FloatBuffer((0..<k * n).map { _ in random.uniformFloat() - 0.5 })
            var fused: [[Float]] = []
            try KernelTests.atEachLevel { level, kernels in
                let panels = FloatBuffer(count: Int(ck_packed_size(Int32(k), Int32(n))))
                kernels.pack(b.pointer, n, 1, Int32(k), Int32(n), panels.pointer)
                let c = KernelTests.product(kernels, m: m, n: n, k: k, a: a, b: panels, isPacked: true)
                #expect(
                    c == KernelTests.product(kernels, m: m, n: n, k: k, a: a, b: b, isPacked: false),
                    "plain B at level \(level)")
                #expect(
                    Array(c[((m - 1) * n)...])
                        == KernelTests.product(
                            kernels, m: 1, n: n, k: k, a: Array(a[((m - 1) * k)...]), b: panels, isPacked: true))
                for i in 0..<m {
                    for j in 0..<n {
                        let exact = (0..<k).reduce(0.0) { $0 + Double(a[i * k + $1]) * Double(b.pointer[$1 * n + j]) }
                        #expect(
                            abs(Double(c[i * n + j]) - exact) < 2e-6 * Double(k).squareRoot() + 1e-6,
                            "level \(level), \(m)×\(n)×\(k)")
                    }
                }
                if level > 0 { fused.append(c) }
            }
            #expect(Set(fused).count <= 1)
        }
    }

    @Test("a product over taps is a convolution over lines, with bias and activation")
    func taps() throws {
        var random = SeededRandom(seed: 10)
        for (m, n, depth, taps) in [(7, 20, 5, 4), (30, 32, 32, 3), (4, 3, 100, 5), (9, 18, 300, 2)] {
            let a = (0..<(m + taps) * depth).map { _ in random.uniformFloat() - 0.5 }
            let b = FloatBuffer((0..<taps * depth * n).map { _ in random.uniformFloat() - 0.5 }),
                bias = (0..<n).map { _ in random.uniformFloat() - 0.5 }
            var fused: [[Float]] = []
            try KernelTests.atEachLevel { level, kernels in
                let panels = FloatBuffer(count: Int(ck_packed_size(Int32(taps * depth), Int32(n))))
                kernels.pack(b.pointer, n, 1, Int32(taps * depth), Int32(n), panels.pointer)
                // Tap t reads the line t further on, so that rows overlap.
                let c = KernelTests.product(
                    kernels, m: m, n: n, k: depth, taps: taps, a: a, aTap: depth, b: panels, isPacked: true, bias: bias,
                    activation: Int32(CK_LEAKY_RELU))
                for i in 0..<m {
                    for j in 0..<n {
                        let sum = (0..<taps * depth).reduce(Double(bias[j])) {
                            $0 + Double(a[i * depth + $1]) * Double(b.pointer[$1 * n + j])
                        }
                        let exact = sum > 0 ? sum : 0.01 * sum
                        #expect(
                            abs(Double(c[i * n + j]) - exact) < 2e-6 * Double(taps * depth).squareRoot() + 1e-6,
                            "level \(level), \(m)×\(n)×\(taps)×\(depth)")
                    }
                }
                if level > 0 { fused.append(c) }
            }
            #expect(Set(fused).count <= 1)
        }
    }

    @Test(
        "three products of bfloat16 parts: within 1e-5 of the largest value, for every shape and mode"
    )
    func split() throws {
        var random = SeededRandom(seed: 12)
        for (m, n, depth, taps) in [(16, 16, 32, 1), (33, 70, 40, 4), (64, 256, 300, 1), (50, 48, 100, 5)] {
            let a = (0..<(m + taps) * depth).map { _ in random.uniformFloat() - 0.5 }
            let b = FloatBuffer((0..<taps * depth * n).map { _ in random.uniformFloat() - 0.5 }),
                bias = (0..<n).map { _ in random.uniformFloat() - 0.5 }
            let panels = FloatBuffer(count: Int(ck_packed_size(Int32(taps * depth), Int32(n))))
            ck_pack(b.pointer, n, 1, Int32(taps * depth), Int32(n), panels.pointer)
            for emulates in Precision.isSplitGranted ? [Int32(0), 1] : [1] {
                var c = [Float](repeating: .nan, count: m * n)
                a.withUnsafeBufferPointer { a in
                    c.withUnsafeMutableBufferPointer { c in
                        bias.withUnsafeBufferPointer { bias in
                            var product = ck_product(
                                m: Int32(m), n: Int32(n), taps: Int32(taps), depth: Int32(depth), a: a.baseAddress,
                                a_row: depth, a_column: 1, a_tap: depth,
                                b: panels.pointer, b_step: Int(CK_PANEL), b_next: taps * depth * Int(CK_PANEL),
                                c: c.baseAddress, c_row: n, accumulate: 0,
                                bias: bias.baseAddress, activation: Int32(CK_RELU), backwards: 0,
                                precision: Int32(CK_FLOAT32))
                            ck_split_product(&product, emulates)
                        }
                    }
                }
                var worst = 0.0, largest = 0.0
                for i in 0..<m {
                    for j in 0..<n {
                        let exact = max(
                            0,
                            (0..<taps * depth).reduce(Double(bias[j])) {
                                $0 + Double(a[i * depth + $1]) * Double(b.pointer[$1 * n + j])
                            })
                        worst = max(worst, abs(exact - Double(c[i * n + j])))
                        largest = max(largest, exact)
                    }
                }
                #expect(
                    worst <= 1e-5 * largest, "\(m)×\(n)×\(taps)×\(depth), emulated \(emulates): \(worst) of \(largest)")
            }
        }
    }

    @Test("one row times a matrix from the last column to the first gives the bits of the other order, at every level")
    func backwards() throws {
        var random = SeededRandom(seed: 13)
        for (n, depth) in [(64, 32), (128, 7), (256, 300), (40, 5), (512, 64)] {
            let a = (0..<depth).map { _ in random.uniformFloat() - 0.5 },
                bias = (0..<n).map { _ in random.uniformFloat() - 0.5 }
            let b = FloatBuffer((0..<depth * n).map { _ in random.uniformFloat() - 0.5 })
            let panels = FloatBuffer(count: Int(ck_packed_size(Int32(depth), Int32(n))))
            ck_pack(b.pointer, n, 1, Int32(depth), Int32(n), panels.pointer)
            try KernelTests.atEachLevel { level, kernels in
                let results = [Int32(0), 1].map { order -> [Float] in
                    var c = [Float](repeating: .nan, count: n)
                    a.withUnsafeBufferPointer { a in
                        c.withUnsafeMutableBufferPointer { c in
                            bias.withUnsafeBufferPointer { bias in
                                var product = ck_product(
                                    m: 1, n: Int32(n), taps: 1, depth: Int32(depth), a: a.baseAddress, a_row: depth,
                                    a_column: 1, a_tap: depth, b: panels.pointer,
                                    b_step: Int(CK_PANEL), b_next: depth * Int(CK_PANEL), c: c.baseAddress, c_row: n,
                                    accumulate: 0, bias: bias.baseAddress,
                                    activation: Int32(CK_TANH), backwards: order, precision: Int32(CK_FLOAT32))
                                kernels.product(&product)
                            }
                        }
                    }
                    return c
                }
                let bits = results.map { $0.map(\.bitPattern) }, isFinite = results[0].allSatisfy(\.isFinite)
                #expect(bits[0] == bits[1] && isFinite, "\(depth) × \(n) at level \(level)")
            }
        }
    }

    @Test("means and variances do not cancel: a column around a million keeps its variance")
    func moments() throws {
        var random = SeededRandom(seed: 11)
        let rows = 5000, n = 19
        let x = (0..<rows * n).map { Float(($0 % n) * 1000) + random.uniformFloat() }
        try KernelTests.atEachLevel { level, kernels in
            var mean = [Float](repeating: 0, count: n), variance = mean
            kernels.moments(Int32(rows), Int32(n), x, &mean, &variance)
            for c in 0..<n {
                let column = stride(from: c, to: x.count, by: n).map { Double(x[$0]) }
                let exact = column.reduce(0, +) / Double(rows),
                    spread = column.reduce(0) { $0 + ($1 - exact) * ($1 - exact) } / Double(rows)
                #expect(abs(Double(mean[c]) - exact) <= 1e-6 * abs(exact) + 1e-6, "mean of column \(c), level \(level)")
                #expect(abs(Double(variance[c]) - spread) <= 1e-3 * spread, "variance of column \(c), level \(level)")
            }
        }
    }

    @Test("softmax rows sum to one and follow the definition, also of large values")
    func softmax() throws {
        let x: [Float] = [1, 2, 3, 1000, 1001, 1002, -5, 0, 5]
        try KernelTests.atEachLevel { level, kernels in
            var y = x
            kernels.softmax(3, 3, x, 0.5, &y)
            for row in 0..<3 {
                let e = (0..<3).map { exp(0.5 * Double(x[row * 3 + $0] - x[row * 3 + 2])) }
                for c in 0..<3 { #expect(abs(Double(y[row * 3 + c]) - e[c] / e.reduce(0, +)) < 3e-7, "level \(level)") }
            }
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
            #expect(
                z[0] == 1 && z[1] >= 0 && z[1] < 1e-30 && z[2] == 1 && z[3] >= 0 && z[3] < 1e-30 && z[4].isNaN
                    && z[5] == 0.5)
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
        for _ in 0..<1 + random.index(below: 4) {
            bytes[random.index(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next())
        }
        if random.index(below: 2) == 0 { bytes = Array(bytes.prefix(random.index(below: bytes.count))) }
        _ = try? bytes.withUnsafeBytes { try SafetensorsFile.parse($0, file: "t") }
    }

    @Test("the Python library reads our files", .enabled(if: SharedData.client("python") != nil))
    func python() throws {
        let directory = try TemporaryDirectory()
        try SafetensorsTests.sample().write(to: directory.file("x.safetensors"))
        let script =
            "from safetensors.numpy import load_file; d = load_file('x.safetensors'); "
            + "print(d['weights'].tolist(), d['time'].tolist(), d['empty'].shape)"
        let result = try RunProgram.run(try #require(SharedData.client("python")), ["-c", script], in: directory.path)
        #expect(result.output.contains("[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]] [1, -1] (0, 4)"), "\(result)")
    }
}
