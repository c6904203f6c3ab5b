package import Basics
import Foundation
import Tables
package import Trading

/// What the live loop did, in order. Records are plain numbers in a block sized at the start; text is made when a block
/// is full.
package struct Journal: ~Copyable {
    /// What a record tells; names are words of the file.
    package enum Kind: UInt8, Sendable {
        case modelInstalled, prediction, submitted, denied, filled, cancelled, halted, resumed, reducing

        init(_ kind: TradingDesk.Event.Kind) {
            switch kind {
            case .submitted: self = .submitted
            case .denied: self = .denied
            case .filled: self = .filled
            case .cancelled: self = .cancelled
            }
        }
    }

    /// One thing that happened.
    package struct Record: Sendable {
        /// Of the bars: an order's is the close it was decided at.
        package var time: Nanoseconds
        /// What happened.
        package var kind: Kind
        /// Position in the list of instruments; negative for what concerns all.
        package var instrument: Int32
        /// 0 for what is no order; then side, quantity and price are not written.
        package var order: UInt64 = 0
        /// Of the order.
        package var side: Side = .buy
        /// Lots.
        package var quantity: Int64 = 0
        /// The limit, or the price of a fill, in price units.
        package var price: Int64 = 0
        /// NaN is not written.
        package var score: Double = .nan
        /// Of a denial.
        package var reason: RiskReason?

        /// A record of something that is no order, until its order is set.
        package init(time: Nanoseconds, kind: Kind, instrument: Int32) {
            self.time = time
            self.kind = kind
            self.instrument = instrument
        }
    }

    private var block: [Record] = []
    private let file: UnsafeMutablePointer<FILE>
    private let path: String
    private let names: [String]
    private let priceDecimals: Int
    /// Records that are in the file.
    package private(set) var sequence = 0
    /// Records between two writes.
    package static let blockSize = 4096

    /// Begins a file; one that is there is replaced.
    ///
    /// - Throws: ``FileError``.
    package init(path: String, instruments: [String], priceDecimals: Int) throws {
        try Paths.makeDirectory(Paths.parent(path))
        // Its own file, not one that a link of that name leads to. A directory stays, and is what opening tells of.
        unlink(path)
        let descriptor = try OwnFile.open(path, O_WRONLY)
        // Where the directory keeps the old one, it begins anew.
        guard ftruncate(descriptor, 0) == 0, let file = fdopen(descriptor, "w") else {
            close(descriptor)
            throw FileError("create", path)
        }
        self.file = file
        self.path = path
        names = instruments.map(Journal.quoted)
        self.priceDecimals = priceDecimals
        block.reserveCapacity(Journal.blockSize)
        fputs("sequence,time,kind,instrument,order,side,quantity,price,score,reason\n", file)
    }

    /// A cell of a CSV file.
    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }

    /// Keeps a record, and writes all that are kept when the block is full.
    ///
    /// - Throws: ``FileError`` when the block cannot be written.
    package mutating func append(_ record: Record) throws {
        block.append(record)
        if block.count == Journal.blockSize { try flush() }
    }

    /// Writes all records that are kept, and forces them to the disk.
    ///
    /// - Throws: ``FileError``.
    package mutating func flush() throws {
        for record in block {
            let isOrder = record.order != 0
            let cells: [String] = [
                String(sequence), TimeText.utc(record.time), "\(record.kind)",
                names.indices.contains(Int(record.instrument)) ? names[Int(record.instrument)] : "",
                isOrder ? String(record.order) : "",
                isOrder ? record.side.rawValue : "", isOrder ? String(record.quantity) : "",
                isOrder ? FixedPoint.text(record.price, decimals: priceDecimals) : "",
                record.score.isNaN ? "" : record.score.description, record.reason?.rawValue ?? "",
            ]
            guard fputs(cells.joined(separator: ",") + "\n", file) >= 0 else { throw FileError("write", path) }
            sequence += 1
        }
        block.removeAll(keepingCapacity: true)
        guard fflush(file) == 0, fsync(fileno(file)) == 0 else { throw FileError("write", path) }
    }

    deinit { fclose(file) }
}
