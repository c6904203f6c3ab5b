import Basics
import Foundation

/// The directory at the end of a zip archive.
struct ZipDirectory {
    /// Where it begins in the file.
    let offset: Int
    let members: [ZipMember]

    /// Where the directory lies, and of how many members.
    private struct Place {
        var offset, size, count: Int
    }

    /// A directory of a million members takes about this many bytes.
    private static let largest = 1 << 27
    private static let endSize = 22

    init(_ file: OpenFile) throws {
        let path = file.path
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { throw FileError("stat", path) }
        let size = Int(status.st_size)
        let place = try ZipDirectory.place(file, size: size)
        guard place.size <= ZipDirectory.largest, place.count <= place.size / 46 else {
            throw ZipDirectory.failure(
                path, "a directory of \(place.size) bytes for \(place.count) members",
                expected: "46 bytes a member or more, and at most \(ZipDirectory.largest)",
                hint: "the archive is damaged; fetch it again")
        }
        let bytes = try file.bytes(at: place.offset, count: place.size)
        offset = place.offset
        members = try ZipDirectory.members(LittleEndianBytes(bytes), place, path)
    }

    /// What is said of an archive that cannot be read.
    static func failure(_ path: String, _ found: String, expected: String, hint: String) -> Failure {
        Failure("file.archive", "found \(found) in the zip archive '\(path)', expected \(expected)", hint: hint)
    }

    private static func damage(_ path: String, _ found: String, expected: String) -> Failure {
        failure(path, found, expected: expected, hint: "check it with unzip -t '\(path)', and fetch it again")
    }

    /// Finds the record at the end, behind which only its comment may stand.
    private static func place(_ file: OpenFile, size: Int) throws -> Place {
        let tailSize = min(size, endSize + Int(UInt16.max))
        let tail = LittleEndianBytes(try file.bytes(at: size - tailSize, count: tailSize))
        var at = tail.count - endSize
        while at >= 0, tail.u32(at) != 0x0605_4B50 || Int(tail.u16(at + 20)) != tail.count - at - endSize { at -= 1 }
        guard at >= 0 else {
            throw damage(file.path, "no directory at the end", expected: "one: the file is cut short, or goes on")
        }
        let position = size - tail.count + at
        let isSplit = tail.u16(at + 4) != tail.u16(at + 6) || ![0, 0xFFFF].contains(tail.u16(at + 4))
        guard !isSplit, tail.u16(at + 8) == tail.u16(at + 10) else {
            throw damage(file.path, "one part of several", expected: "the whole archive in one file")
        }
        let place = Place(
            offset: Int(tail.u32(at + 16)), size: Int(tail.u32(at + 12)), count: Int(tail.u16(at + 10)))
        var limit = position
        var found = place
        if place.count == 0xFFFF || place.size == 0xFFFF_FFFF || place.offset == 0xFFFF_FFFF {
            if let large = try largePlace(file, endsAt: position) { (found, limit) = large }
        }
        guard found.offset <= limit, found.size == limit - found.offset else {
            throw damage(
                file.path, "a directory at byte \(found.offset) of \(found.size) bytes",
                expected: "one that ends at byte \(limit)")
        }
        return found
    }

    /// The place as zip64 says it, and where its record begins; nil where there is none.
    private static func largePlace(_ file: OpenFile, endsAt end: Int) throws -> (Place, Int)? {
        guard end >= 20 else { return nil }
        let locator = LittleEndianBytes(try file.bytes(at: end - 20, count: 20))
        guard locator.u32(0) == 0x0706_4B50 else { return nil }
        guard let at = Int(exactly: locator.u64(8)), at <= end - 20 - 56 else {
            throw damage(file.path, "a zip64 record at byte \(locator.u64(8))", expected: "one before byte \(end)")
        }
        let record = LittleEndianBytes(try file.bytes(at: at, count: 56))
        guard record.count == 56, record.u32(0) == 0x0606_4B50, record.u32(16) == record.u32(20),
            record.u64(24) == record.u64(32), let count = Int(exactly: record.u64(32)),
            let size = Int(exactly: record.u64(40)), let offset = Int(exactly: record.u64(48))
        else { throw damage(file.path, "no zip64 record at byte \(at)", expected: "one") }
        return (Place(offset: offset, size: size, count: count), at)
    }

    private static func members(_ bytes: LittleEndianBytes, _ place: Place, _ path: String) throws -> [ZipMember] {
        var members: [ZipMember] = []
        members.reserveCapacity(place.count)
        var at = 0
        for _ in 0..<place.count {
            let sizes = (Int(bytes.u16(at + 28)), Int(bytes.u16(at + 30)), Int(bytes.u16(at + 32)))
            let end = at + 46 + sizes.0 + sizes.1 + sizes.2
            guard at + 46 <= bytes.count, bytes.u32(at) == 0x0201_4B50, end <= bytes.count,
                let member = member(bytes, at, nameSize: sizes.0, extraSize: sizes.1)
            else {
                throw damage(
                    path, "no entry at byte \(place.offset + at)",
                    expected: "number \(members.count + 1) of \(place.count)")
            }
            members.append(member)
            at = end
        }
        guard at == bytes.count else {
            throw damage(path, "\(bytes.count - at) more bytes in the directory", expected: "\(place.count) members")
        }
        return members
    }

    /// An entry whose fixed part and texts lie inside; nil for numbers that cannot be.
    private static func member(_ bytes: LittleEndianBytes, _ at: Int, nameSize: Int, extraSize: Int) -> ZipMember? {
        var storedSize = UInt64(bytes.u32(at + 20)), size = UInt64(bytes.u32(at + 24))
        var offset = UInt64(bytes.u32(at + 42))
        var extra = LittleEndianBytes(bytes.slice(at + 46 + nameSize, extraSize))
        while extra.count >= 4 {
            let length = Int(extra.u16(2))
            if extra.u16(0) == 1 {
                // zip64: only what does not fit above is there, in this order.
                var field = 4
                func next(_ value: inout UInt64) -> Bool {
                    guard value == 0xFFFF_FFFF else { return true }
                    guard field + 8 <= 4 + length, field + 8 <= extra.count else { return false }
                    value = extra.u64(field)
                    field += 8
                    return true
                }
                guard next(&size), next(&storedSize), next(&offset) else { return nil }
                break
            }
            extra = LittleEndianBytes(extra.slice(4 + length, extra.count))
        }
        guard let size = Int(exactly: size), let storedSize = Int(exactly: storedSize),
            let offset = Int(exactly: offset), offset <= 1 << 60
        else { return nil }
        return ZipMember(
            name: String(decoding: bytes.slice(at + 46, nameSize), as: UTF8.self), size: size, storedSize: storedSize,
            checksum: bytes.u32(at + 16), method: bytes.u16(at + 10), flags: bytes.u16(at + 8), offset: offset)
    }
}
