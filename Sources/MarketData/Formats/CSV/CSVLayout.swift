import Basics

/// Which columns of a file mean what, and where its rows begin.
struct CSVLayout {
    /// Columns of one instrument, or of all that a symbol column names.
    struct Group {
        /// Ticker of a wide file; nil where the file or a column says the instrument.
        var name: String?
        var columns: [CSVRole: Int] = [:]
    }

    /// The columns that a stamp is put together from.
    struct Time {
        /// Date, or date and time.
        var date = -1
        /// Time of day in a column of its own.
        var clock: Int?
        /// It is the end of a bar.
        var isClose = false
        /// Its name says UTC.
        var isUTC = false
    }

    var separator = UInt8(ascii: ",")
    /// Records before the first row.
    var headerRecords = 0
    var names: [String] = []
    var kind = CanonicalKind.bars
    var time = Time()
    /// End of bars, beside their start.
    var closeTime: Int?
    var symbol: Int?
    /// When the recorder had the row.
    var receive: Int?
    var groups: [Group] = []
    /// Who writes such files, where it can be told.
    var dialect: String?
    var notes: [String] = []
    var inferences: [Inference] = []

    var width: Int { names.count }

    /// Columns whose cells must be numbers.
    var priceColumns: [Int] { columns([.open, .high, .low, .close, .price, .bid, .ask]) }
    var sizeColumns: [Int] { columns([.volume, .size, .bidSize, .askSize]) }

    private func columns(_ roles: Set<CSVRole>) -> [Int] {
        groups.flatMap { $0.columns.filter { roles.contains($0.key) }.map(\.value) }.sorted()
    }

    func name(_ column: Int) -> String {
        column < names.count ? Escaping.terminal(String(names[column].prefix(40))) : ""
    }
}
