import Basics

/// What is said of an Arrow file that cannot be read.
struct ArrowProblems: Sendable {
    let path: String

    func damage(_ found: String, expected: String) -> Failure {
        Failure(
            "file.arrow", "found \(found) in the Arrow file '\(path)', expected \(expected)",
            hint: "the file is damaged; fetch it again, or write it again")
    }

    func refusal(_ found: String) -> Failure {
        Failure(
            "file.arrow", "found \(found) in the Arrow file '\(path)', which is not read",
            hint: "write the file without it, or as Parquet or CSV, with the program that made it")
    }
}

/// A table of a flatbuffer (https://flatbuffers.dev/internals): fields by number, each of which may be missing. Every
/// position is checked against the buffer before it is read.
struct FlatTable {
    private let bytes: [UInt8]
    private let position: Int
    private let fieldsAt: Int
    private let fieldsSize: Int
    private let problems: ArrowProblems

    /// Bytes of the whole buffer.
    var size: Int { bytes.count }

    /// The table that a buffer is.
    init(root bytes: [UInt8], _ problems: ArrowProblems) throws {
        try self.init(bytes, at: Int(try FlatTable.number(UInt32.self, bytes, 0, problems)), problems)
    }

    private init(_ bytes: [UInt8], at position: Int, _ problems: ArrowProblems) throws {
        let back = Int(try FlatTable.number(Int32.self, bytes, position, problems))
        let at = position - back
        let size = Int(try FlatTable.number(UInt16.self, bytes, at, problems))
        guard size >= 4, size <= bytes.count - at else { throw FlatTable.outside(at, problems) }
        (self.bytes, self.position, fieldsAt, fieldsSize, self.problems) = (bytes, position, at, size, problems)
    }

    private static func outside(_ position: Int, _ problems: ArrowProblems) -> Failure {
        problems.damage("metadata that leads to its byte \(position)", expected: "a place inside of it")
    }

    private static func number<T: FixedWidthInteger>(
        _ type: T.Type, _ bytes: [UInt8], _ position: Int, _ problems: ArrowProblems
    ) throws -> T {
        guard position >= 0, position <= bytes.count - MemoryLayout<T>.size else {
            throw outside(position, problems)
        }
        return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: T.self)) }
    }

    /// Where a field lies; nil where it is missing.
    private func place(_ field: Int) throws -> Int? {
        let entry = 4 + 2 * field
        guard entry + 2 <= fieldsSize else { return nil }
        let offset = Int(try FlatTable.number(UInt16.self, bytes, fieldsAt + entry, problems))
        return offset == 0 ? nil : position + offset
    }

    /// Where a text, vector or table that a field leads to lies.
    private func target(_ field: Int) throws -> Int? {
        guard let place = try place(field) else { return nil }
        return place + Int(try FlatTable.number(UInt32.self, bytes, place, problems))
    }

    func number<T: FixedWidthInteger>(_ field: Int, or missing: T) throws -> T {
        guard let place = try place(field) else { return missing }
        return try FlatTable.number(T.self, bytes, place, problems)
    }

    func bool(_ field: Int) throws -> Bool { try number(field, or: UInt8(0)) != 0 }

    func table(_ field: Int) throws -> FlatTable? {
        guard let target = try target(field) else { return nil }
        return try FlatTable(bytes, at: target, problems)
    }

    func text(_ field: Int) throws -> String? {
        guard let vector = try vector(field, stride: 1) else { return nil }
        return String(decoding: bytes[vector.start..<(vector.start + vector.count)], as: UTF8.self)
    }

    /// Tables of a vector; none where it is missing.
    func tables(_ field: Int) throws -> [FlatTable] {
        guard let vector = try vector(field, stride: 4) else { return [] }
        return try (0..<vector.count).map { index in
            let place = vector.start + 4 * index
            return try FlatTable(
                bytes, at: place + Int(try FlatTable.number(UInt32.self, bytes, place, problems)), problems)
        }
    }

    /// Structures of a vector, each as its 64-bit words; none where it is missing.
    func words(_ field: Int, perElement words: Int) throws -> [[Int64]] {
        guard let vector = try vector(field, stride: 8 * words) else { return [] }
        return try (0..<vector.count).map { index in
            try (0..<words).map {
                try FlatTable.number(Int64.self, bytes, vector.start + 8 * (index * words + $0), problems)
            }
        }
    }

    private func vector(_ field: Int, stride: Int) throws -> (start: Int, count: Int)? {
        guard let target = try target(field) else { return nil }
        let count = Int(try FlatTable.number(UInt32.self, bytes, target, problems))
        let start = target + 4
        guard count <= (bytes.count - start) / stride else { throw FlatTable.outside(start + count * stride, problems) }
        return (start, count)
    }
}
