import Basics
package import Tensors

/// A state dict in the file that `torch.save` writes: a zip archive of one pickle and an entry of raw numbers for every
/// storage (torch/serialization.py). Nested dictionaries have dotted names: `{'state_dict': {'fc.weight': …}}` gives
/// `state_dict.fc.weight`.
package struct TorchArchive: Sendable {
    private let zip: StoredZip
    private let root: String
    private let tensors: [String: TensorPlace]
    /// What our own exports say about themselves.
    package private(set) var metadata: [String: String] = [:]

    /// A tensor without references into the pickle.
    struct TensorPlace: Sendable {
        let type: String
        let key: String
        let storage: Int
        let offset: Int
        let shape: [Int]
        let strides: [Int]
    }

    /// The entry in which our exports describe themselves; PyTorch ignores it.
    static let note = "hftml.json"

    /// Whether bytes are in a form of PyTorch: the archive, or an older one, which is then refused.
    package static func isTorch(_ bytes: UnsafeRawBufferPointer) -> Bool {
        StoredZip.isZip(bytes) || isLegacy(bytes)
    }

    /// The stream of pickles of PyTorch before 1.6, or the tar archive of before 0.1.10.
    private static func isLegacy(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // Protocol 2, then a magic number of ten bytes.
        bytes.count > 16 && bytes.prefix(6).elementsEqual([0x80, 2, 0x8a, 10, 0x6c, 0xfc])
            || bytes.count > 512 && bytes[257..<262].elementsEqual("ustar".utf8)
    }

    /// - Throws: ``Failure`` for anything that is no archive of plain tensors, ``FileError``.
    package init(_ path: String) throws {
        let file = try MappedFile(path)
        guard !withExtendedLifetime(file, { TorchArchive.isLegacy(file.bytes) }) else {
            throw Failure(
                "weights.torch-legacy", "found the form of PyTorch before 1.6 in '\(path)'",
                hint:
                    "save it again: torch.save(torch.load('old.pt', weights_only=True), 'new.pt')"
            )
        }
        zip = try StoredZip(file)
        guard let pickle = zip.entries.keys.filter({ $0.hasSuffix("/data.pkl") }).min(by: { $0.count < $1.count })
        else {
            throw Failure(
                "weights.archive", "found no 'data.pkl' in '\(path)'",
                hint: "it is no file of torch.save; a Keras archive needs --format keras")
        }
        root = String(pickle.dropLast("data.pkl".count))
        if zip.entries["\(root)constants.pkl"] != nil {
            throw Failure(
                "weights.torch-legacy", "found a TorchScript archive in '\(path)', expected a state dict",
                hint: "save the weights of the module: torch.save(module.state_dict(), 'weights.pth')")
        }
        if let order = zip.bytes("\(root)byteorder"), !order.elementsEqual("little".utf8) {
            throw Failure("weights.archive", "found big-endian numbers in '\(path)', expected little-endian ones")
        }
        if let note = zip.bytes("\(root)\(TorchArchive.note)") {
            let entries = try JSONParser.parse(Array(note), file: path).mapValue ?? []
            for entry in entries { metadata[entry.key] = entry.value.stringValue }
        }
        let content = zip.bytes(pickle) ?? UnsafeRawBufferPointer(start: nil, count: 0)
        let (value, heap) = try PickleReader.read(content, file: path)
        var names = TensorNames(heap: heap, file: path)
        try names.collect(value, under: "", depth: 0)
        tensors = names.found
    }

    /// Shapes of all tensors, by name.
    package var shapes: [String: [Int]] { tensors.mapValues(\.shape) }

    /// The values of a tensor as 32-bit floats, in the order of its axes whatever its strides.
    ///
    /// - Throws: ``Failure`` when its numbers are not in the archive, or are no floats.
    package func tensor(_ name: String) throws -> Tensor {
        guard let place = tensors[name], let type = TorchNumber(rawValue: place.type) else {
            throw Failure("weights.missing", "found no tensor '\(name)' in '\(zip.path)'")
        }
        guard type.isFloat else {
            throw Failure(
                "weights.type", "found \(place.type) for the tensor '\(name)', expected floating-point numbers")
        }
        let (size, isLarge) = place.storage.multipliedReportingOverflow(by: type.width)
        guard let bytes = zip.bytes("\(root)data/\(place.key)"), !isLarge, bytes.count >= size else {
            throw Failure(
                "weights.archive", "found too few bytes for the tensor '\(name)' in '\(zip.path)'",
                hint: "the file is cut short: copy it again")
        }
        let count = place.shape.reduce(1, *)
        var values = [Float](repeating: 0, count: count)
        var index = [Int](repeating: 0, count: place.shape.count), at = place.offset
        for i in 0..<count {
            values[i] = HalfPrecision.float(bytes, at, type)
            var axis = place.shape.count - 1
            while axis >= 0 {
                index[axis] += 1
                at += place.strides[axis]
                if index[axis] < place.shape[axis] { break }
                at -= place.strides[axis] * place.shape[axis]
                index[axis] = 0
                axis -= 1
            }
        }
        return Tensor(shape: place.shape, values: values)
    }
}

/// The tensors of nested dictionaries under dotted names.
private struct TensorNames {
    let heap: PickleHeap
    let file: String
    var found: [String: TorchArchive.TensorPlace] = [:]
    /// A dictionary may stand in many others, so that there are more ways to it than bytes in the file.
    private var visits = 0

    init(heap: PickleHeap, file: String) { (self.heap, self.file) = (heap, file) }

    mutating func collect(_ value: PickleValue, under name: String, depth: Int) throws {
        visits += 1
        guard depth <= 32, visits < 1_000_000, name.utf8.count <= 1000 else {
            throw Failure("weights.pickle", "found too many, too long or too deeply nested names in '\(file)'")
        }
        switch value {
        case .tensor(let t):
            found[name] = TorchArchive.TensorPlace(
                type: t.storage.type.rawValue, key: t.storage.key, storage: t.storage.count, offset: t.offset,
                shape: t.shape, strides: t.strides)
        case .map(let place):
            let items = heap[place]
            for i in stride(from: 0, to: items.count - 1, by: 2) {
                let key: String
                switch items[i] {
                case .text(let text): key = text
                case .int(let number): key = "\(number)"
                default: continue
                }
                try collect(items[i + 1], under: name.isEmpty ? key : "\(name).\(key)", depth: depth + 1)
            }
        default: break
        }
    }
}

extension HalfPrecision {
    /// Number `index` of a storage.
    fileprivate static func float(_ bytes: UnsafeRawBufferPointer, _ index: Int, _ type: TorchNumber) -> Float {
        func load<T: FixedWidthInteger>(_: T.Type) -> T {
            T(littleEndian: bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self))
        }
        switch type {
        case .double: return Float(Double(bitPattern: load(UInt64.self)))
        case .half: return HalfPrecision.float16(load(UInt16.self))
        case .bfloat16: return HalfPrecision.bfloat16(load(UInt16.self))
        default: return Float(bitPattern: load(UInt32.self))
        }
    }
}
