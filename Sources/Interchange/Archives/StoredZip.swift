package import Basics

/// A zip archive whose entries are stored as they are, not compressed: what `torch.save` and Keras write.
///
/// The central directory at the end says where entries lie (PKWARE APPNOTE 6.3.10, sections 4.3.7 to 4.3.16); every
/// place is checked against the file before it is used. The 64-bit forms are for files above 4 GB and are refused.
package struct StoredZip: Sendable {
    /// Where the bytes of each entry lie, by name.
    package private(set) var entries: [String: Range<Int>] = [:]
    private let file: MappedFile

    /// The most entries that are read: a model has a few for every layer.
    private static let most = 100_000

    /// Whether a file begins as a zip archive does.
    package static func isZip(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 22 && bytes.loadUnaligned(as: UInt32.self) == 0x0403_4b50
    }

    /// - Throws: ``Failure`` with code `weights.archive` for a damaged archive or a compressed entry, ``FileError``.
    package init(_ file: MappedFile) throws {
        self.file = file
        let bytes = file.bytes
        func damaged(_ what: String) -> Failure {
            Failure("weights.archive", "found \(what) in '\(file.path)'", hint: "the archive is damaged or cut short")
        }
        func short(_ at: Int) -> Int {
            Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self)))
        }
        func long(_ at: Int) -> Int {
            Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
        }
        // The end record is the last thing but for a comment of at most 65,535 bytes.
        guard bytes.count >= 22,
            let end = stride(from: bytes.count - 22, through: max(0, bytes.count - 22 - 65_535), by: -1).first(where: {
                long($0) == 0x0605_4b50
            })
        else { throw damaged("no directory of entries") }
        let count = short(end + 10), start = long(end + 16)
        guard count <= StoredZip.most, count != 0xffff, start <= end else { throw damaged("an impossible directory") }
        var at = start
        for _ in 0..<count {
            guard at + 46 <= end, long(at) == 0x0201_4b50 else { throw damaged("a broken directory") }
            let method = short(at + 10), packed = long(at + 20), size = long(at + 24), local = long(at + 42)
            let nameLength = short(at + 28), next = at + 46 + nameLength + short(at + 30) + short(at + 32)
            guard next <= end else { throw damaged("a broken directory") }
            let name = String(decoding: bytes[(at + 46)..<(at + 46 + nameLength)], as: UTF8.self)
            guard method == 0, packed == size else {
                throw Failure(
                    "weights.archive", "found the compressed entry '\(name)' in '\(file.path)', expected stored ones",
                    hint: "PyTorch and Keras store without compression: save the file again, or pack it with: zip -0")
            }
            guard local + 30 <= start, long(local) == 0x0403_4b50 else { throw damaged("no entry '\(name)'") }
            let first = local + 30 + short(local + 26) + short(local + 28)
            guard first <= start, size <= start - first else { throw damaged("a cut entry '\(name)'") }
            guard entries.updateValue(first..<(first + size), forKey: name) == nil else {
                throw damaged("two entries '\(name)'")
            }
            at = next
        }
    }

    /// The bytes of an entry; valid while the archive lives.
    package func bytes(_ name: String) -> UnsafeRawBufferPointer? {
        entries[name].map { UnsafeRawBufferPointer(rebasing: file.bytes[$0]) }
    }

    /// The file that it was read from.
    package var path: String { file.path }
}

/// Builds a zip archive of stored entries, each beginning at a multiple of 64 bytes, as `torch.save` lays them out: so
/// a reader can map tensors in place. Equal entries give equal bytes.
package struct StoredZipWriter {
    private var out: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    /// The boundary at which PyTorch begins a tensor.
    private static let alignment = 64

    /// An archive without entries.
    package init() {}

    /// Adds an entry.
    ///
    /// - Precondition: the archive stays below 4 GiB; callers check sizes first.
    package mutating func add(_ name: String, _ content: [UInt8]) {
        let sum = CRC32.of(content), offset = out.count, name = Array(name.utf8)
        // PyTorch fills up to the boundary with an extra field of its own, "FB".
        let bare = offset + 30 + name.count + 4
        let fill = (StoredZipWriter.alignment - bare % StoredZipWriter.alignment) % StoredZipWriter.alignment
        var head: [UInt8] = []
        head.append(short: 0)  // version and flags, then method, time and date of 1980-01-01
        head.append(short: 0x0800)
        for value in [0, 0, 0x0021] { head.append(short: value) }
        for value in [Int(sum), content.count, content.count] { head.append(long: value) }
        head.append(short: name.count)
        out.append(long: 0x0403_4b50)
        out += head
        out.append(short: 4 + fill)
        out += name
        out.append(short: 0x4246)
        out.append(short: fill)
        out += [UInt8](repeating: UInt8(ascii: "Z"), count: fill)
        out += content
        directory.append(long: 0x0201_4b50)
        directory.append(short: 0)
        directory += head
        for _ in 0..<4 { directory.append(short: 0) }
        directory.append(long: 0)
        directory.append(long: offset)
        directory += name
        count += 1
    }

    /// The whole archive.
    package consuming func finished() -> [UInt8] {
        let start = out.count
        out += directory
        out.append(long: 0x0605_4b50)
        for value in [0, 0, count, count] { out.append(short: value) }
        out.append(long: directory.count)
        out.append(long: start)
        out.append(short: 0)
        return out
    }
}

extension [UInt8] {
    fileprivate mutating func append(short value: Int) {
        append(UInt8(truncatingIfNeeded: value))
        append(UInt8(truncatingIfNeeded: value >> 8))
    }
    fileprivate mutating func append(long value: Int) {
        append(short: value & 0xffff)
        append(short: value >> 16)
    }
}

/// The cyclic redundancy check of zip archives (polynomial 0xEDB88320).
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
    }

    static func of(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { sum, byte in table[Int((sum ^ UInt32(byte)) & 0xff)] ^ (sum >> 8) }
    }
}
