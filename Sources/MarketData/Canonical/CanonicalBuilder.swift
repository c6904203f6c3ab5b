package import Basics
package import Tables

/// Collects rows of a canonical table and hands them out in chunks.
///
/// A reader sets what it knows and calls ``add(_:)``; cells that it leaves nil stay empty.
package struct CanonicalBuilder {
    /// Of every chunk.
    package let fields: [Field]
    /// Which of the tables is built.
    package let kind: CanonicalKind
    private let file: String
    private var integers: [[Int64]]
    private var texts: [DictionaryText]
    private var codes: [[String: UInt32]]
    /// The text of the row before, which is most often the same: compared by its storage, not hashed.
    private var latest: [(text: String, code: UInt32)]
    private var validity: [Validity]
    private let isText: [Bool]
    /// Rows since the last chunk.
    package private(set) var rowCount = 0

    /// - Parameter file: path that rows name as their origin.
    package init(_ kind: CanonicalKind, fields: [Field], file: String) {
        (self.kind, self.fields, self.file) = (kind, fields, file)
        isText = fields.map { $0.type == .text }
        integers = fields.map { _ in [] }
        texts = fields.map { _ in DictionaryText() }
        codes = fields.map { _ in [:] }
        latest = fields.map { _ in ("", .max) }
        validity = fields.map { _ in Validity() }
    }

    /// What all rows have.
    package struct Place {
        /// The exchange's own, in nanoseconds UTC; of a bar its start.
        package var time: Nanoseconds
        /// The recorder's; nil where the file does not say.
        package var receiveTime: Nanoseconds?
        /// When the row could be known.
        package var knownTime: Nanoseconds
        /// The source's own number; nil where it has none.
        package var sequence: Int64?
        /// As the file or its name says.
        package var instrument: String
        /// Line, message or row of the file, from 1.
        package var position: Int

        /// - Parameter knownTime: the later of the other two by default.
        package init(
            time: Nanoseconds, receiveTime: Nanoseconds? = nil, knownTime: Nanoseconds? = nil, sequence: Int64? = nil,
            instrument: String, position: Int
        ) {
            (self.time, self.receiveTime, self.sequence) = (time, receiveTime, sequence)
            self.knownTime = knownTime ?? max(time, receiveTime ?? time)
            (self.instrument, self.position) = (instrument, position)
        }
    }

    /// One cell behind the common ones.
    package enum Cell {
        case empty
        case integer(Int64)
        case text(String)
    }

    /// Adds a row: the common columns, then as many cells as the kind has beyond them.
    package mutating func add(_ place: Place, _ cells: Cell...) { add(place, cells: cells) }

    /// The same with the cells in a list.
    package mutating func add(_ place: Place, cells: [Cell]) {
        add(0, .integer(place.time))
        add(1, place.receiveTime.map { .integer($0) } ?? .empty)
        add(2, .integer(place.knownTime))
        add(3, place.sequence.map { .integer($0) } ?? .empty)
        add(4, .text(place.instrument))
        add(5, .text(file))
        add(6, .integer(Int64(place.position)))
        precondition(cells.count == fields.count - 7)
        for (index, cell) in cells.enumerated() { add(7 + index, cell) }
        rowCount += 1
    }

    private mutating func add(_ column: Int, _ cell: Cell) {
        switch cell {
        case .empty:
            if isText[column] { texts[column].codes.append(0) } else { integers[column].append(0) }
            validity[column].append(false)
        case .integer(let value):
            integers[column].append(value)
            validity[column].append(true)
        case .text(let text):
            let code: UInt32
            if latest[column].code != .max, latest[column].text == text {
                code = latest[column].code
            } else {
                if let known = codes[column][text] {
                    code = known
                } else {
                    code = UInt32(texts[column].values.count)
                    codes[column][text] = code
                    texts[column].values.append(text)
                }
                latest[column] = (text, code)
            }
            texts[column].codes.append(code)
            validity[column].append(true)
        }
    }

    /// The rows since the last call.
    package mutating func take() -> TableChunk {
        let columns = fields.indices.map { index in
            ColumnVector(isText[index] ? .text(texts[index]) : .int64(integers[index]), validity: validity[index])
        }
        let chunk = TableChunk(fields: fields, columns: columns, rowCount: rowCount)
        self = CanonicalBuilder(kind, fields: fields, file: file)
        return chunk
    }
}
