import Basics
import CZlib

/// A member's bytes, which must have the size and the CRC-32 that the directory says before the last of them is given.
final class CheckedStream: ByteStream {
    private let source: any ByteStream
    private let member: ZipMember
    private let failure: (String) -> Failure
    private var count = 0
    private var checksum: UInt = 0
    private var isOver = false

    init(_ source: any ByteStream, _ member: ZipMember, failure: @escaping (String) -> Failure) {
        (self.source, self.member, self.failure) = (source, member, failure)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if isOver || buffer.isEmpty { return 0 }
        let got = try source.read(into: buffer)
        if got == 0 {
            guard count == member.size else { throw failure("\(count) bytes instead of \(member.size)") }
            // Of an empty member nothing was checked so far.
            guard UInt32(truncatingIfNeeded: checksum) == member.checksum else { throw failure("another checksum") }
            isOver = true
            return 0
        }
        guard got <= member.size - count else { throw failure("more than \(member.size) bytes") }
        count += got
        checksum = crc32_z(checksum, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), got)
        if count == member.size, UInt32(truncatingIfNeeded: checksum) != member.checksum {
            throw failure("another checksum")
        }
        return got
    }
}
