import Basics
package import Tensors

/// Writes tensors as `torch.save` does, for `torch.load(path, weights_only=True)`: protocol 2, one storage a tensor,
/// entries stored at multiples of 64 bytes.
package enum TorchArchiveWriter {
    /// The largest file, below the limit of the 32-bit form of zip archives.
    private static let most = 4_000_000_000

    /// The bytes of the file; equal tensors give equal bytes.
    ///
    /// - Parameters:
    ///   - file: what is written, in the order of names; 32-bit floats and 64-bit integers.
    ///   - order: names in the order of the state dict.
    /// - Throws: ``Failure`` for more than 4 GB or for another type.
    package static func bytes(_ file: SafetensorsFile, order: [String]) throws -> [UInt8] {
        let size = file.entries.values.reduce(0) { $0 + $1.column.count * 8 }
        guard size < most else {
            throw Failure(
                "export.size", "found weights of \(size) bytes, a PyTorch archive of this form holds 4 GB",
                hint: "export safetensors: hftml export MODEL --format torch -o state.safetensors")
        }
        var pickle = PickleText(), storages: [[UInt8]] = []
        pickle.begin()
        for name in order {
            guard let entry = file[name] else { continue }
            switch entry.column {
            case .float32(let values):
                storages.append(values.withUnsafeBytes { Array($0) })
                pickle.tensor(name, "FloatStorage", key: storages.count - 1, shape: entry.shape, count: values.count)
            case .int64(let values):
                storages.append(values.withUnsafeBytes { Array($0) })
                pickle.tensor(name, "LongStorage", key: storages.count - 1, shape: entry.shape, count: values.count)
            default: throw Failure("weights.type", "found another type than float32 for the tensor '\(name)'")
            }
        }
        pickle.end()
        var zip = StoredZipWriter()
        zip.add("archive/data.pkl", pickle.bytes)
        zip.add("archive/.format_version", Array("1".utf8))
        zip.add("archive/.storage_alignment", Array("64".utf8))
        zip.add("archive/byteorder", Array("little".utf8))
        for (key, bytes) in storages.enumerated() { zip.add("archive/data/\(key)", bytes) }
        zip.add("archive/version", Array("3\n".utf8))
        let note = file.metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
        zip.add("archive/\(TorchArchive.note)", Array(JSONValue.map(note).text(.compact).utf8))
        return zip.finished()
    }
}

/// The opcodes of a state dict; see ``PickleReader``.
private struct PickleText {
    var bytes: [UInt8] = []

    private mutating func put(_ text: String) { bytes += Array(text.utf8) }

    private mutating func number(_ value: Int) {
        if value < 256 {
            bytes += [0x4b, UInt8(value)]
        } else if value <= Int(Int32.max) {
            bytes += [0x4a] + (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        } else {
            bytes += [0x8a, 8] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
    }

    private mutating func text(_ text: String) {
        let utf8 = Array(text.utf8)
        bytes += [0x58] + (0..<4).map { UInt8(truncatingIfNeeded: utf8.count >> (8 * $0)) } + utf8
    }

    private mutating func emptyOrderedDictionary() { put("ccollections\nOrderedDict\n)R") }

    private mutating func tuple(_ numbers: [Int]) {
        put("(")
        for value in numbers { number(value) }
        put("t")
    }

    mutating func begin() {
        bytes += [0x80, 2]
        emptyOrderedDictionary()
        put("(")
    }

    mutating func tensor(_ name: String, _ type: String, key: Int, shape: [Int], count: Int) {
        text(name)
        put("ctorch._utils\n_rebuild_tensor_v2\n((")
        text("storage")
        put("ctorch\n\(type)\n")
        text("\(key)")
        text("cpu")
        number(count)
        put("tQ")
        number(0)
        tuple(shape)
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in stride(from: shape.count - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
        }
        tuple(strides)
        bytes.append(0x89)
        emptyOrderedDictionary()
        put("tR")
    }

    mutating func end() { put("u.") }
}
