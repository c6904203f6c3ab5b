import Basics

/// An Arrow file, whose last bytes say where its batches are.
final class ArrowFile: ArrowMessages {
    let schema: ArrowSchema
    private let file: OpenFile
    private let problems: ArrowProblems
    /// Offset, bytes of the message, bytes of the body: first dictionaries, then batches.
    private let blocks: [(offset: Int, messageSize: Int, bodySize: Int)]
    private var nextBlock = 0

    private static let magic = Array("ARROW1".utf8)

    init(_ file: OpenFile, _ size: Int, _ problems: ArrowProblems) throws {
        (self.file, self.problems) = (file, problems)
        // The magic number and two zeros, a footer of some bytes, its length, and the magic number again.
        guard size >= 8 + 4 + 10, try file.bytes(at: size - 6, count: 6) == ArrowFile.magic else {
            throw problems.damage("another end", expected: "ARROW1: the file is cut short, or was not closed")
        }
        let footerSize = Int(LittleEndianBytes(try file.bytes(at: size - 10, count: 4)).u32(0))
        guard footerSize > 0, footerSize <= size - 18 else {
            throw problems.damage("a directory of \(footerSize) bytes", expected: "one in a file of \(size) bytes")
        }
        let end = size - 10 - footerSize
        let footer = try FlatTable(root: try file.bytes(at: end, count: footerSize), problems)
        try ArrowMessage.checkVersion(try footer.number(0, or: 0), problems)
        guard let schema = try footer.table(1) else { throw problems.damage("no schema", expected: "one") }
        self.schema = try ArrowSchema(schema, problems)
        // 24 bytes each: 64 bits of offset, 32 of size, 32 of nothing, 64 of size.
        blocks = try (footer.words(2, perElement: 3) + footer.words(3, perElement: 3)).map { words in
            let message = Int64(Int32(truncatingIfNeeded: words[1]))
            guard words[0] >= 8, message > 0, words[2] >= 0, words[0] <= Int64(end), message <= Int64(end) - words[0],
                words[2] <= Int64(end) - words[0] - message
            else {
                throw problems.damage(
                    "a batch of \(message) + \(words[2]) bytes at byte \(words[0])", expected: "one before byte \(end)")
            }
            return (Int(words[0]), Int(message), Int(words[2]))
        }
    }

    func next() throws -> (ArrowMessage, ArrowBody)? {
        guard nextBlock < blocks.count else { return nil }
        let block = blocks[nextBlock]
        nextBlock += 1
        let bytes = try file.bytes(at: block.offset, count: block.messageSize)
        let head = LittleEndianBytes(bytes)
        // Before 2019 the size stood alone.
        let prefix = head.u32(0) == UInt32.max ? 8 : 4
        let size = Int(head.u32(prefix - 4))
        guard size > 0, size <= bytes.count - prefix else {
            throw problems.damage(
                "a message of \(size) bytes at byte \(block.offset)", expected: "at most \(bytes.count - prefix)")
        }
        let message = try ArrowMessage(Array(bytes[prefix..<(prefix + size)]), problems)
        guard message.bodySize <= block.bodySize else {
            throw problems.damage(
                "a body of \(message.bodySize) bytes at byte \(block.offset)", expected: "\(block.bodySize)")
        }
        let start = block.offset + block.messageSize
        return (message, ArrowBody(bytes: .file(file, start..<(start + block.bodySize)), problems: problems))
    }
}
