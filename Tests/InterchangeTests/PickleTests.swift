import Basics
import Foundation
import Interchange
import TestSupport
import Tensors
import Testing

/// Files of `torch.save`: what torch wrote is read, what would run code is refused by its name, and whatever the bytes
/// are nothing traps.
@Suite struct PickleTests {
    private static let plain: [Float] = (0..<12).map { Float($0) }

    @Test(
        "torch's files of every protocol are read, whatever the strides and widths; ours load there with weights_only",
        .enabled(if: Exchange.isPossible, "needs torch, keras, onnxruntime and libhdf5"))
    func theirs() throws {
        let exchange = try Exchange.shared.get(), directory = exchange.directory
        let answer = try #require(exchange.answers["pickles pickles"])
        #expect(answer.error == nil, "\(answer.error ?? "")")
        for name in ["p2", "p3", "p4", "p5"] {
            let source = try WeightSource.read(directory.file("\(name).pth"))
            for key in ["plain", "half", "brain", "double", "parameter"] {
                #expect(try source.tensor(key) == Tensor(shape: [3, 4], values: Self.plain), "\(name) \(key)")
            }
            #expect(try source.tensor("turned").values == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
            #expect(try source.tensor("view") == Tensor(shape: [2, 2], values: [4, 6, 8, 10]))
            #expect(try source.tensor("scalar") == Tensor(shape: [], values: [2.5]))
            #expect(throws: Failure.self) { try source.tensor("count") }
        }
        let nested = try WeightSource.read(directory.file("nested.pth"))
        #expect(try nested.tensor("model.module.plain").values == Self.plain)
        #expect(nested.shapes["optimizer.state.0.exp_avg"] == [3, 4])
    }

    @Test(
        "a file that would run code, a whole module and older forms are refused by name",
        .enabled(if: Exchange.isPossible, "needs torch, keras, onnxruntime and libhdf5"))
    func refused() throws {
        let exchange = try Exchange.shared.get(), directory = exchange.directory
        func refusal(_ name: String) -> Failure? {
            #expect(throws: Failure.self, "\(name)") { try WeightSource.read(directory.file(name)) }
        }
        let evil = refusal("evil.pth")
        #expect(evil?.code == "weights.pickle-code")
        #expect(evil?.message.contains("posix.system") == true || evil?.message.contains("os.system") == true)
        #expect(refusal("module.pth")?.message.contains("torch.nn.modules.linear.Linear") == true)
        #expect(refusal("legacy.pth")?.code == "weights.torch-legacy")
        // The numbers in the file are the opposite of the tensor's.
        #expect(refusal("negated.pth")?.message.contains("negated or conjugate view") == true)
        #expect(refusal("bare.pkl") != nil)
    }

    /// A state dict as we write it.
    private static func sample() throws -> [UInt8] {
        var file = SafetensorsFile()
        file.set("layers.0.weight", shape: [3, 4], .float32(plain))
        file.set("layers.0.bias", shape: [3], .float32([1, 2, 3]))
        file.set("n.num_batches_tracked", shape: [], .int64([3]))
        return try TorchArchiveWriter.bytes(
            file, order: ["layers.0.weight", "layers.0.bias", "n.num_batches_tracked"])
    }

    @Test("what we write is read back to the bit, and every tensor begins at a multiple of 64 bytes")
    func roundTrip() throws {
        let directory = try TemporaryDirectory(), path = directory.file("w.pth"), bytes = try Self.sample()
        try AtomicFile.write(bytes, to: path)
        let source = try WeightSource.read(path)
        #expect(try source.tensor("layers.0.weight").values == Self.plain)
        #expect(try source.tensor("layers.0.bias").values == [1, 2, 3])
        #expect(source.shapes.count == 3)
        let zip = try StoredZip(MappedFile(path))
        #expect(zip.entries.filter { $0.key.contains("/data/") }.allSatisfy { $0.value.lowerBound % 64 == 0 })
    }

    /// Ten thousand by hand gave no trap; a run of the tests takes 600.
    @Test("a mutated file is read or refused, and nothing else", arguments: 0..<6)
    func mutations(_ batch: Int) throws {
        let directory = try TemporaryDirectory(), path = directory.file("w.pth"), original = try Self.sample()
        var random = SeededRandom(seed: UInt64(batch), 77)
        let codes: [UInt8] =
            Array("()RQbcuse}]td012NKMJXqhj.G\u{22}".utf8) + [0x80, 0x85, 0x87, 0x8a, 0x8c, 0x8d, 0x93, 0x94]
        for _ in 0..<100 {
            var bytes = original
            for _ in 0..<1 + random.index(below: 6) {
                // Most of them in the pickle, which is where programs are.
                let at = random.index(below: random.index(below: 4) == 0 ? bytes.count : min(bytes.count, 700))
                switch random.index(below: 4) {
                case 0: bytes[at] = UInt8(random.index(below: 256))
                case 1: bytes[at] = codes[random.index(below: codes.count)]
                case 2: bytes.removeLast(random.index(below: min(40, bytes.count - 30)))
                default: bytes.swapAt(at, random.index(below: bytes.count))
                }
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do {
                let source = try WeightSource.read(path)
                for (name, shape) in source.shapes where shape.reduce(1, *) <= 1000 { _ = try? source.tensor(name) }
            } catch is Failure {} catch is ConfigError {}
        }
    }

    @Test(
        "a pickle nested far too deep, in itself, or with a tensor of all memory is refused or empty"
    )
    func hostile() throws {
        let directory = try TemporaryDirectory(), path = directory.file("w.pth")
        func read(_ pickle: [UInt8], numbers: [UInt8] = []) throws -> WeightSource {
            var zip = StoredZipWriter()
            zip.add("a/data.pkl", pickle)
            if !numbers.isEmpty { zip.add("a/data/0", numbers) }
            try AtomicFile.write(zip.finished(), to: path)
            return try WeightSource.read(path)
        }
        let deep = [0x80, 2, 0x4e] + [UInt8](repeating: 0x85, count: 200_000) + [0x2e]
        #expect(try read(deep).shapes.isEmpty)
        // A list in itself: ] q 0 h 0 a .
        #expect(try read([0x80, 2, 0x5d, 0x71, 0, 0x68, 0, 0x61, 0x2e]).shapes.isEmpty)
        // Twenty-five dictionaries, each twice in the next: 2^25 ways to the last.
        var bomb: [UInt8] = [0x80, 2, 0x7d, 0x71, 0]
        for level in 1...25 {
            bomb += [
                0x7d, 0x71, UInt8(level), 0x28, 0x4b, 0, 0x68, UInt8(level - 1), 0x4b, 1, 0x68, UInt8(level - 1), 0x75,
            ]
        }
        // All but the last are popped: the stack holds one value at the end.
        bomb += [0x71, 99] + [UInt8](repeating: 0x30, count: 26) + [0x68, 99, 0x2e]
        #expect(throws: Failure.self) { try read(bomb) }
        func tensor(_ shape: [UInt8]) -> [UInt8] {
            Array("\u{02}".utf8.map { _ in 0x80 }) + [2]
                + Array(
                    "ctorch._utils\n_rebuild_tensor_v2\n((X\u{7}\0\0\0storagectorch\nFloatStorage\nX\u{1}\0\0\0".utf8)
                + Array("0X\u{3}\0\0\0cpuK\u{4}tQK\0".utf8) + shape + Array("tR.".utf8)
        }
        // Four numbers seen as 2^62: by size, and by steps of zero.
        let huge: [UInt8] = [0x28, 0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x74]
        #expect(throws: Failure.self) { try read(tensor(huge + [0x28, 0x4b, 0, 0x74])) }
        #expect(throws: Failure.self) { try read(tensor(huge + [0x28, 0x4b, 1, 0x74])) }
        // [1, 4] whose first axis, along which nobody steps, has the stride 2^63 − 1.
        let far: [UInt8] = [0x28, 0x8a, 8] + [UInt8](repeating: 0xff, count: 7) + [0x7f, 0x4b, 1, 0x74]
        let row = try read(tensor([0x28, 0x4b, 1, 0x4b, 4, 0x74] + far), numbers: [UInt8](repeating: 0, count: 16))
        #expect(try row.tensor("") == Tensor(shape: [1, 4], values: [0, 0, 0, 0]))
        // One list of 20,000 pairs, the argument of as many calls: gigabytes of copies from 200 kB.
        var copies: [UInt8] = [0x80, 2, 0x4b, 0, 0x4b, 0, 0x86, 0x71, 1, 0x30, 0x5d, 0x71, 0, 0x28]
        for _ in 0..<20_000 { copies += [0x68, 1] }
        copies += [0x65, 0x30] + Array("ccollections\nOrderedDict\n".utf8) + [0x71, 2, 0x30]
        for _ in 0..<20_000 { copies += [0x68, 2, 0x68, 0, 0x85, 0x52, 0x30] }
        #expect(throws: Failure.self) { try read(copies + [0x4e, 0x2e]) }
    }
}
