import Basics
import Foundation
import Tables
import TestSupport
import Testing

@Suite struct ByteSourceTests {
    static let text = text(40_000)
    static func text(_ lines: Int) -> [UInt8] { (0..<lines).flatMap { Array("\($0),\($0 * 7 % 1013)\n".utf8) } }

    /// Files that Python's own modules write, by name.
    static func make(_ directory: TemporaryDirectory, lines: Int = 40_000) throws {
        let script = """
            import bz2, gzip, io, zipfile
            raw = b''.join(b'%d,%d\\n' % (i, i * 7 % 1013) for i in range(\(lines)))
            half = len(raw) // 2
            write = lambda name, data: open(name, 'wb').write(data)
            gz = lambda data: gzip.compress(data, mtime=0)
            write('two.gz', gz(raw[:half]) + gz(raw[half:]))
            write('padded.gz', gz(raw) + bytes(700000))
            write('trailing.gz', gz(raw) + b'more')
            write('late.gz', gz(raw) + bytes(300000) + b'more')
            write('crc.gz', gz(raw)[:-8] + b'wrng' + gz(raw)[-4:])
            write('cut.gz', gz(raw)[:-1])
            write('two.bz2', bz2.compress(raw[:half]) + bz2.compress(raw[half:]))
            write('trailing.bz2', bz2.compress(raw) + b'more')
            write('cut.bz2', bz2.compress(raw)[:-1])
            write('empty.bz2', bz2.compress(b''))
            write('empty.gz', gz(b''))
            write('gz.gz', gz(gz(raw)))
            write('gz.gz.gz', gz(gz(gz(raw))))
            write('x.xz', bytes([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 0, 0, 0]))
            def archive(name, members, method=zipfile.ZIP_DEFLATED, comment=b''):
                with zipfile.ZipFile(name, 'w', method) as z:
                    for member, data in members: z.writestr(member, data)
                    z.comment = comment
            archive('one.zip', [('a.csv', raw)])
            archive('stored.zip', [('d/', b''), ('d/a.csv', raw)], zipfile.ZIP_STORED, b'PK\\x05\\x06 in a comment')
            archive('gz.zip', [('a.csv.gz', gz(raw))])
            archive('gzgz.zip', [('a.csv.gz', gz(gz(raw)))])
            archive('several.zip', [('a', b'1'), ('b', b''), ('c', raw)])
            archive('mac.zip', [('a.csv', raw), ('__MACOSX/._a.csv', b'x')])
            archive('none.zip', [])
            archive('bzip2.zip', [('a', raw)], zipfile.ZIP_BZIP2)
            with zipfile.ZipFile('large.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                with z.open('a.csv', 'w', force_zip64=True) as f: f.write(raw)
            class Pipe(io.RawIOBase):
                def __init__(self): self.bytes = b''
                def writable(self): return True
                def write(self, data): self.bytes += bytes(data); return len(data)
            pipe = Pipe()
            with zipfile.ZipFile(pipe, 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('a.csv', raw)
            write('piped.zip', pipe.bytes)
            one = open('one.zip', 'rb').read()
            write('trailing.zip', one + b'x')
            write('cut.zip', one[:-1])
            write('encrypted.zip', one.replace(b'PK\\x01\\x02' + one[one.index(b'PK\\x01\\x02') + 4:][:4] + b'\\0',
                b'PK\\x01\\x02' + one[one.index(b'PK\\x01\\x02') + 4:][:4] + b'\\1'))
            at = one.index(b'PK\\x01\\x02')
            write('crc.zip', one[:at + 16] + bytes([one[at + 16] ^ 1]) + one[at + 17:])
            write('size.zip', one[:at + 24] + bytes([one[at + 24] ^ 1]) + one[at + 25:])
            gz0 = gz(one)
            write('zip.gz', gz0)
            """
        try directory.write(script, to: "make.py")
        let made = try RunProgram.run("/usr/bin/env", ["python3", "make.py"], in: directory.path)
        try #require(made.status == 0, "\(made.errors)")
        let text = text(lines), half = text.count / 2
        for (codec, suffix) in [(Codec.zstd, "zst"), (.lz4Frame, "lz4")] {
            let parts = try [text[..<half], text[half...]].map { try $0.withUnsafeBytes { try codec.compress($0) } }
            let skipped: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
            for (name, bytes) in [
                ("two", parts[0] + parts[1]), ("trailing", parts[0] + [UInt8](repeating: 0, count: 8)),
                ("cut", Array(parts[0].dropLast())),
                ("skipped", parts[0] + skipped + parts[1]),
            ] { try Data(bytes).write(to: URL(fileURLWithPath: directory.file("\(name).\(suffix)"))) }
        }
    }

    @Test func filesAreReadWhateverTheyAreCompressedWith() throws {
        let directory = try TemporaryDirectory()
        try ByteSourceTests.make(directory)
        for name in [
            "two.gz", "padded.gz", "two.bz2", "two.zst", "two.lz4", "skipped.zst", "skipped.lz4", "gz.gz", "one.zip",
            "stored.zip", "gz.zip", "mac.zip", "large.zip", "piped.zip",
        ] {
            #expect(try ByteSource.bytes(directory.file(name), atMost: 1 << 20) == ByteSourceTests.text, "\(name)")
            // The bound is exact.
            #expect(try ByteSource.bytes(directory.file(name), atMost: ByteSourceTests.text.count).count > 0)
            #expect(throws: Failure.self, "\(name)") {
                try ByteSource.bytes(directory.file(name), atMost: ByteSourceTests.text.count - 1)
            }
        }
        for name in ["empty.gz", "empty.bz2"] {
            #expect(try ByteSource.bytes(directory.file(name), atMost: 1).isEmpty, "\(name)")
        }
    }

    @Test func smallReadsGiveTheSameBytes() throws {
        let directory = try TemporaryDirectory()
        try ByteSourceTests.make(directory)
        for name in ["two.gz", "two.bz2", "two.zst", "two.lz4", "one.zip", "gz.zip"] {
            let source = try ByteSource(directory.file(name))
            var out: [UInt8] = [], size = 1
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
            defer { buffer.deallocate() }
            while true {
                size = size * 3 % 4093
                let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<size]))
                if count == 0 { break }
                out += buffer[..<count]
            }
            #expect(out == ByteSourceTests.text, "\(name)")
        }
    }

    @Test func whatIsWrongIsSaid() throws {
        let directory = try TemporaryDirectory()
        try ByteSourceTests.make(directory)
        let wrong = [
            ("trailing.gz", "something else behind the end"), ("late.gz", "something else behind the end"),
            ("crc.gz", "damaged data"), ("cut.gz", "the end inside compressed data"),
            ("trailing.bz2", "something else behind the end"), ("cut.bz2", "the end inside compressed data"),
            ("trailing.zst", "behind the end"), ("cut.zst", "the end inside compressed data"),
            ("trailing.lz4", "behind the end"), ("cut.lz4", "the end inside compressed data"),
            ("gz.gz.gz", "more than 2 compressions"), ("gzgz.zip", "more than 2 compressions"),
            ("zip.gz", "a zip archive inside compressed data"), ("x.xz", "xz data"),
            ("several.zip", "found 3 members: 'a', 'b', 'c'"), ("none.zip", "found 0 members"),
            ("bzip2.zip", "compressed with bzip2"), ("encrypted.zip", "an encrypted member"),
            ("trailing.zip", "no directory at the end"), ("cut.zip", "no directory at the end"),
            ("crc.zip", "another checksum"), ("size.zip", "bytes"),
        ]
        for (name, sentence) in wrong {
            do {
                _ = try ByteSource.bytes(directory.file(name), atMost: 1 << 20)
                Issue.record("\(name) was read")
            } catch let failure as Failure {
                #expect(failure.message.contains(sentence), "\(name): \(failure.message)")
                #expect(failure.message.contains(directory.file(name)), "\(name): \(failure.message)")
            }
        }
    }

    @Test func membersAreReadOneByOne() throws {
        let directory = try TemporaryDirectory()
        try ByteSourceTests.make(directory)
        let archive = try ZipArchive(directory.file("several.zip"))
        #expect(archive.members.map(\.name) == ["a", "b", "c"])
        #expect(archive.members.map(\.size) == [1, 0, ByteSourceTests.text.count])
        // Several at once: they share the file and not its position.
        let third = try archive.read(archive.members[2])
        let first = try archive.read(archive.members[0])
        #expect(first.path.hasSuffix("several.zip:a"))
        #expect(try first.bytes(atMost: 10) == [UInt8(ascii: "1")])
        #expect(try third.bytes(atMost: 1 << 20) == ByteSourceTests.text)
        #expect(try archive.bytes(archive.members[1], atMost: 0).isEmpty)
        #expect(throws: Failure.self) { try archive.bytes(archive.members[2], atMost: 1000) }
        let nested = try ZipArchive(directory.file("gz.zip"))
        #expect(try nested.bytes(nested.members[0], atMost: 1 << 20).prefix(2) == [0x1F, 0x8B])
    }

    @Test func damageIsAnErrorOrIsSeenByNobody() throws {
        let directory = try TemporaryDirectory()
        try ByteSourceTests.make(directory, lines: 3000)
        let text = ByteSourceTests.text(3000)
        var random = SeededRandom(seed: 17)
        for name in ["two.gz", "two.bz2", "two.zst", "two.lz4", "several.zip", "large.zip", "piped.zip", "gz.zip"] {
            let whole = try FileChunks.bytes(directory.file(name))
            for round in 0..<120 {
                var bytes = whole
                for _ in 0...random.index(below: 3) {
                    // Every second time in the last bytes, where zip archives have what is worth damaging.
                    let below = round % 2 == 0 ? bytes.count : min(200, bytes.count)
                    bytes[bytes.count - 1 - random.index(below: below)] = UInt8(truncatingIfNeeded: random.next())
                }
                if round % 5 == 0 { bytes.removeLast(random.index(below: bytes.count)) }
                let path = directory.file("damaged")
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                let read = try? ByteSource.bytes(path, atMost: 1 << 20)
                // All but zstd and LZ4 as we write them have checksums; what does not look compressed is read bare.
                if let read, read != bytes, !name.hasSuffix("zst"), !name.hasSuffix("lz4") {
                    #expect(text.starts(with: read), "\(name) \(round)")
                }
                if let archive = try? ZipArchive(path) {
                    for member in archive.members { _ = try? archive.bytes(member, atMost: 1 << 20) }
                }
            }
        }
    }
}
