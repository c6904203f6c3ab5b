import Basics
package import Foundation

/// The safetensors format: an 8-byte little-endian header length, a JSON header with name → dtype, shape, byte range,
/// and the bytes. Readable by every Python framework; safe to read because nothing in it is executed.
///
/// Written with sorted names, an 8-byte aligned header and contiguous ranges, so equal content gives equal bytes. Read
/// with every offset checked against the file before use.
package struct SafetensorsFile: Sendable, Equatable {
    /// The values of one tensor, in the types that are read and written.
    package enum Column: Sendable, Equatable {
        case float32([Float])
        case int64([Int64])
        case int32([Int32])
        case float64([Double])

        /// Values.
        package var count: Int {
            switch self {
            case .float32(let values): values.count
            case .int64(let values): values.count
            case .int32(let values): values.count
            case .float64(let values): values.count
            }
        }

        fileprivate var typeName: String {
            switch self {
            case .float32: "F32"
            case .int64: "I64"
            case .int32: "I32"
            case .float64: "F64"
            }
        }

        fileprivate func withBytes<T>(_ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
            switch self {
            case .float32(let values): try values.withUnsafeBytes(body)
            case .int64(let values): try values.withUnsafeBytes(body)
            case .int32(let values): try values.withUnsafeBytes(body)
            case .float64(let values): try values.withUnsafeBytes(body)
            }
        }
    }

    /// One tensor.
    package struct Entry: Sendable, Equatable {
        /// Axes, the slowest first.
        package var shape: [Int]
        /// Its values in that order.
        package var column: Column
    }

    /// By name.
    package var entries: [String: Entry] = [:]
    /// The text map of the header.
    package var metadata: [String: String] = [:]

    /// A file without tensors.
    package init() {}

    /// The tensor of that name, or nil.
    package subscript(name: String) -> Entry? { entries[name] }

    /// Adds or replaces a tensor.
    package mutating func set(_ name: String, shape: [Int], _ column: Column) {
        precondition(shape.reduce(1, *) == column.count, "found \(column.count) values for '\(name)' of shape \(shape)")
        entries[name] = Entry(shape: shape, column: column)
    }

    /// Adds or replaces a tensor of 32-bit floats.
    package mutating func set(_ name: String, _ tensor: Tensor) {
        set(name, shape: tensor.shape, .float32(tensor.values))
    }

    /// The tensor under a name; 64-bit floats are rounded.
    ///
    /// - Throws: ``Failure`` when it is missing or not of floats.
    package func tensor(_ name: String) throws -> Tensor {
        guard let entry = entries[name] else {
            throw Failure(
                "weights.missing", "found no tensor '\(name)'",
                hint: NearestName.of(name, in: entries.keys.sorted()).map { "the nearest name is '\($0)'" })
        }
        switch entry.column {
        case .float32(let values): return Tensor(shape: entry.shape, values: values)
        case .float64(let values): return Tensor(shape: entry.shape, values: values.map { Float($0) })
        case .int32, .int64:
            throw Failure(
                "weights.type",
                "found \(entry.column.typeName) for the tensor '\(name)', expected F32, F64, F16 or BF16")
        }
    }

    // MARK: Bytes

    /// Writes atomically.
    ///
    /// - Throws: ``FileError``.
    package func write(to path: String, mode: mode_t = 0o644) throws {
        try AtomicFile.write(to: path, mode: mode) { writer in try emit { try writer.append($0) } }
    }

    /// The file; equal content gives equal bytes.
    package func bytes() -> [UInt8] {
        var out: [UInt8] = []
        emit { out += $0 }
        return out
    }

    private func emit(_ sink: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        var header: [(String, JSONValue)] = []
        if !metadata.isEmpty {
            header.append(
                ("__metadata__", .map(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })))
        }
        // Wider types first keeps every column aligned to its own size.
        let ordered = entries.sorted {
            let a = SafetensorsFile.width($0.value.column), b = SafetensorsFile.width($1.value.column)
            return a != b ? a > b : $0.key < $1.key
        }
        var offset = 0
        for (name, entry) in ordered {
            let end = offset + entry.column.count * SafetensorsFile.width(entry.column)
            header.append(
                (
                    name,
                    .map([
                        "dtype": .string(entry.column.typeName), "shape": .list(entry.shape.map { .int($0) }),
                        "data_offsets": .list([.int(offset), .int(end)]),
                    ])
                ))
            offset = end
        }
        var text = Array(JSONValue.map(header).text(.compact).utf8)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        var length = UInt64(text.count).littleEndian
        try withUnsafeBytes(of: &length) { try sink($0) }
        try text.withUnsafeBytes { try sink($0) }
        for (_, entry) in ordered { try entry.column.withBytes { try sink($0) } }
    }

    private static func width(_ column: Column) -> Int {
        switch column {
        case .float32, .int32: 4
        case .int64, .float64: 8
        }
    }

    /// - Throws: ``Failure`` for a damaged file, ``FileError`` for one that cannot be read.
    package static func read(_ path: String) throws -> SafetensorsFile {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) } catch {
            throw FileError("read", path, number: Paths.exists(path) ? EIO : ENOENT)
        }
        return try data.withUnsafeBytes { try parse($0, file: path) }
    }

    /// Parses bytes of any origin.
    ///
    /// - Throws: ``ConfigError`` or ``Failure`` with code `weights.format`; never traps on malformed input.
    package static func parse(_ bytes: UnsafeRawBufferPointer, file: String) throws -> SafetensorsFile {
        let header = try SafetensorsHeader(bytes, file: file)
        func malformed(_ problem: String) -> Failure { SafetensorsHeader.malformed(problem, file: file) }
        var out = SafetensorsFile()
        out.metadata = header.metadata
        for (name, entry) in header.entries {
            let slice = UnsafeRawBufferPointer(rebasing: bytes[entry.bytes])
            let column: Column
            switch entry.type {
            case "F32": column = .float32(try load(slice, entry.count, malformed, name))
            case "I32": column = .int32(try load(slice, entry.count, malformed, name))
            case "I64": column = .int64(try load(slice, entry.count, malformed, name))
            case "F64": column = .float64(try load(slice, entry.count, malformed, name))
            // Exact in 32 bits, in which everything is computed here.
            case "F16":
                let halves: [UInt16] = try load(slice, entry.count, malformed, name)
                column = .float32(halves.map { HalfPrecision.float16(UInt16(littleEndian: $0)) })
            case "BF16":
                let halves: [UInt16] = try load(slice, entry.count, malformed, name)
                column = .float32(halves.map { HalfPrecision.bfloat16(UInt16(littleEndian: $0)) })
            default:
                throw Failure(
                    "weights.type",
                    "found the type \(entry.type) for '\(name)' in '\(file)', expected F32, F64, F16, BF16, I64 or I32",
                    hint: "convert it before it is saved: tensor.float()")
            }
            out.entries[name] = Entry(shape: entry.shape, column: column)
        }
        return out
    }

    private static func load<T: BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ count: Int, _ malformed: (String) -> Failure, _ name: String
    ) throws -> [T] {
        guard bytes.count == count * MemoryLayout<T>.stride else {
            throw malformed("found \(bytes.count) bytes for the \(count) values of '\(name)'")
        }
        return [T](unsafeUninitializedCapacity: count) { buffer, filled in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
            filled = count
        }
    }
}
