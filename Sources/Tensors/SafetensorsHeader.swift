import Basics

/// Names, types, shapes and places of the tensors of a safetensors file, every one checked against the file's size.
package struct SafetensorsHeader: Sendable {
    /// Where one tensor lies.
    package struct Entry: Sendable {
        /// The format's name of its type, such as `F32`.
        package let type: String
        /// Axes, the slowest first.
        package let shape: [Int]
        /// Values.
        package let count: Int
        /// In the file.
        package let bytes: Range<Int>
    }

    /// By name.
    package private(set) var entries: [String: Entry] = [:]
    /// The text map of the header.
    package private(set) var metadata: [String: String] = [:]

    static func malformed(_ problem: String, file: String) -> Failure {
        Failure("weights.format", "\(problem) in '\(file)'", hint: "the file is damaged or not in safetensors format")
    }

    /// - Parameter bytes: the whole file.
    /// - Throws: ``ConfigError`` or ``Failure`` with code `weights.format`; never traps on malformed input.
    package init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
        func malformed(_ problem: String) -> Failure { SafetensorsHeader.malformed(problem, file: file) }
        guard bytes.count >= 8 else { throw malformed("found \(bytes.count) bytes, expected at least 8") }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(bytes.count - 8), length <= 100_000_000 else {
            throw malformed("found a header length of \(length) bytes that the file cannot hold")
        }
        let start = 8 + Int(length), size = bytes.count - start
        let header = try JSONParser.parse(Array(bytes[8..<start]), file: file)
        guard let items = header.mapValue else { throw malformed("found \(header.kindName) as the header") }
        for item in items {
            if item.key == "__metadata__" {
                for pair in item.value.mapValue ?? [] { metadata[pair.key] = pair.value.stringValue }
                continue
            }
            let shape = (item.value[key: "shape"]?.listValue ?? []).compactMap(\.intValue)
            let range = (item.value[key: "data_offsets"]?.listValue ?? []).compactMap(\.intValue)
            guard let type = item.value[key: "dtype"]?.stringValue, range.count == 2,
                shape.count == item.value[key: "shape"]?.listValue?.count, shape.allSatisfy({ $0 >= 0 })
            else { throw malformed("found an incomplete entry for the tensor '\(item.key)'") }
            guard range[0] >= 0, range[0] <= range[1], range[1] <= size else {
                throw malformed("found the byte range \(range) for '\(item.key)', the data has \(size) bytes")
            }
            var count = 1
            for extent in shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: extent)
                guard !overflow, product <= size else {
                    throw malformed("found the impossible shape \(shape) for '\(item.key)'")
                }
                count = product
            }
            entries[item.key] = Entry(
                type: type, shape: shape, count: count, bytes: start + range[0]..<start + range[1])
        }
    }
}

/// A safetensors file whose tensors stay on disk until they are touched.
package struct MappedSafetensors: Sendable {
    /// What the file holds.
    package let header: SafetensorsHeader
    private let file: MappedFile

    /// - Throws: ``Failure`` for a damaged file, ``FileError`` for one that cannot be read.
    package init(_ path: String) throws {
        file = try MappedFile(path)
        header = try SafetensorsHeader(file.bytes, file: path)
    }

    /// The values of a tensor, without copying.
    ///
    /// - Throws: ``Failure`` when it is missing, of another type, or not aligned.
    package func column<T: BitwiseCopyable & Sendable>(_ name: String, as type: String, of _: T.Type) throws -> Column<
        T
    > {
        guard let entry = header.entries[name] else {
            throw SafetensorsHeader.malformed("found no tensor '\(name)'", file: file.path)
        }
        guard entry.type == type, entry.bytes.count == entry.count * MemoryLayout<T>.stride else {
            throw SafetensorsHeader.malformed(
                "found \(entry.type) in \(entry.bytes.count) bytes for the \(entry.count) values of '\(name)', "
                    + "expected \(type)",
                file: file.path)
        }
        guard let base = file.bytes.baseAddress, entry.count > 0 else { return Column() }
        let start = base + entry.bytes.lowerBound
        guard Int(bitPattern: start) % MemoryLayout<T>.alignment == 0 else {
            throw SafetensorsHeader.malformed(
                "found '\(name)' at the unaligned place \(entry.bytes.lowerBound)", file: file.path)
        }
        return Column(file, start: start.assumingMemoryBound(to: T.self), count: entry.count)
    }
}
