import Basics

/// A zip archive (APPNOTE 6.3.10): its directory and its members, stored or deflated, zip64 included.
package final class ZipArchive {
    /// The file, for messages.
    package let path: String
    /// In the order of the directory, directories left out.
    package let members: [ZipMember]
    private let file: OpenFile
    /// Where the directory begins, which members end before.
    private let directoryOffset: Int

    /// Reads the directory.
    ///
    /// - Throws: ``FileError``; ``Failure`` with code `file.archive` for what is no archive, damaged, split over
    ///   several files, cut short or followed by other bytes.
    package convenience init(_ path: String) throws { try self.init(OpenFile(path)) }

    init(_ file: OpenFile) throws {
        self.file = file
        path = file.path
        let directory = try ZipDirectory(file)
        members = directory.members.filter { !$0.isDirectory }
        directoryOffset = directory.offset
    }

    /// The bytes of a member, decompressed on the fly, also what is compressed inside of it.
    ///
    /// - Throws: ``Failure`` with code `file.archive` for one that is encrypted or compressed in another way than by
    ///   deflate, or whose header contradicts the directory; damage shows while it is read.
    package func read(_ member: ZipMember) throws -> ByteSource {
        try ByteSource(stream(of: member), path: "\(path):\(member.name)", depth: 1)
    }

    /// The bytes of a small member, just as it was put in.
    ///
    /// - Throws: as ``read(_:)``; ``Failure`` with code `file.too-large` beyond the limit.
    package func bytes(_ member: ZipMember, atMost limit: Int) throws -> [UInt8] {
        guard member.size <= limit else {
            throw Failure(
                "file.too-large",
                "found a member of \(member.size) bytes, '\(path):\(member.name)', expected at most \(limit)",
                hint: "leave it out of the archive")
        }
        let stream = try stream(of: member)
        var filled = 0
        // The size is what the directory says, so memory is taken as bytes come.
        var out: [UInt8] = []
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
        defer { block.deallocate() }
        repeat {
            filled = try stream.read(into: block)
            out.append(contentsOf: UnsafeRawBufferPointer(rebasing: block[..<filled]))
        } while filled > 0
        return out
    }

    /// The member of an archive that holds one.
    ///
    /// - Throws: ``Failure`` with code `file.archive` where there are none or several.
    package func onlyMember() throws -> ZipMember {
        // What macOS adds to archives describes the other members and holds no data.
        let files = members.filter { !$0.name.hasPrefix("__MACOSX/") }
        guard files.count == 1, let member = files.first else {
            let names = files.prefix(5).map { "'\($0.name)'" }.joined(separator: ", ")
            throw ZipDirectory.failure(
                path, "\(files.count) members\(files.isEmpty ? "" : ": " + names + (files.count > 5 ? ", …" : ""))",
                expected: "one", hint: "unpack it, and name one of its files: unzip '\(path)'")
        }
        return member
    }

    /// The bytes of a member just as it was put in; size and checksum are checked as they come.
    func stream(of member: ZipMember) throws -> any ByteStream {
        if let refusal = member.refusal {
            throw ZipDirectory.failure(
                path, "\(refusal), '\(member.name)'", expected: "one that is stored or deflated",
                hint: "unpack it with the program that made it, and name its files")
        }
        let range = try self.range(of: member)
        let stored = RangeStream(file, range)
        let path = path
        let failure = { (what: String) in
            ZipDirectory.failure(
                path, "\(what) in the member '\(member.name)'", expected: "what the directory says",
                hint: "check it with unzip -t '\(path)', and fetch it again")
        }
        guard member.method == 8 else { return CheckedStream(stored, member, failure: failure) }
        guard let inflater = Inflater(.none) else { throw failure("no memory to decompress") }
        return CheckedStream(
            DecompressedStream(stored, inflater, ending: .nothing, failure: failure), member, failure: failure)
    }

    /// Where the bytes of a member lie: its own header says how long it is itself.
    private func range(of member: ZipMember) throws -> Range<Int> {
        let header = LittleEndianBytes(try file.bytes(at: member.offset, count: 30))
        guard header.count == 30, header.u32(0) == 0x0403_4B50 else {
            throw broken(member, "no header")
        }
        guard header.u16(8) == member.method, header.u16(6) & 0x41 == member.flags & 0x41 else {
            throw broken(member, "a header that contradicts the directory")
        }
        let start = member.offset + 30 + Int(header.u16(26)) + Int(header.u16(28))
        guard start <= directoryOffset, member.storedSize <= directoryOffset - start else {
            throw broken(member, "\(member.storedSize) bytes that reach into the directory")
        }
        return start..<(start + member.storedSize)
    }

    private func broken(_ member: ZipMember, _ what: String) -> Failure {
        ZipDirectory.failure(
            path, "\(what) at byte \(member.offset)", expected: "the member '\(member.name)'",
            hint: "the archive is damaged; fetch it again")
    }
}
