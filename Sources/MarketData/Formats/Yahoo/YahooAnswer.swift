import Basics
import Tables

/// One answer of Yahoo's chart endpoint, decoded: what it says of itself, its rows, and which of them are bars.
///
/// Everything that reads charts, from the network or from files, reads them through this.
struct YahooAnswer {
    let rules: YahooChartRules
    let rows: YahooRows
    /// Splits and payments; nil where there are none.
    let events: JSONValue?

    /// - Parameters:
    ///   - bytes: a body, or a recorded exchange of request and response that holds one.
    ///   - place: what messages call it, such as `the chart of AAPL`.
    ///   - subject: what the server's own error is about.
    ///   - file: what rows that are left out are named by.
    /// - Throws: ``YahooChart/ServerError`` for an error body, ``Failure`` with code `yahoo.format` for what is no
    ///   chart, or holds several.
    init(_ bytes: [UInt8], place: String, subject: String, file: String) throws {
        func malformed(_ what: String, hint: String = "the server's format may have changed") -> Failure {
            Failure("yahoo.format", "\(what) in \(place)", hint: hint)
        }
        var root: JSONValue
        do { root = try JSONParser.parse(bytes, file: file) } catch {
            throw malformed("found \(YahooAnswer.kind(of: bytes, error)) instead of JSON", hint: "fetch it again")
        }
        if root[key: "chart"] == nil, let response = root[key: "response"] {
            if let text = response[key: "body"]?.stringValue {
                root = try JSONParser.parse(text, file: "body in \(file)")
            } else if let body = response[key: "bodyJson"] {
                root = body
            }
        }
        guard let chart = root[key: "chart"] else { throw malformed("found no 'chart'") }
        if let error = chart[key: "error"], !error.isNull {
            throw YahooChart.ServerError(
                symbol: subject, serverCode: YahooChartRules.clean(error[key: "code"]?.stringValue ?? "unknown"),
                text: YahooChartRules.clean(error[key: "description"]?.stringValue ?? "no description"))
        }
        let results = chart[key: "result"]?.listValue ?? []
        guard let result = results.first, let meta = result[key: "meta"] else { throw malformed("found no result") }
        guard results.count == 1 else {
            let names = results.prefix(5).map { result in
                result[path: "meta.symbol"]?.stringValue.map { "'\(YahooChartRules.clean($0))'" } ?? "no symbol"
            }
            throw malformed(
                "found \(results.count) results (\(names.joined(separator: ", "))), expected one,",
                hint: "ask for one ticker at a time, or put each result into a file of its own")
        }
        rules = try YahooChartRules(meta)
        events = result[key: "events"]
        var rows = try YahooRows(result, place: place, file: file)
        try rows.judge(rules)
        self.rows = rows
    }

    /// What a body is that is no JSON.
    private static func kind(of bytes: [UInt8], _ error: any Error) -> String {
        let head = bytes.drop { $0 <= 0x20 || $0 == 0xEF || $0 == 0xBB || $0 == 0xBF }
        switch head.first {
        case nil: return "nothing"
        case UInt8(ascii: "<"): return "a page of HTML or XML"
        case UInt8(ascii: "{"):
            let reason = (error as? any UserFacingError)?.message ?? ""
            return "\(bytes.count) damaged bytes (\(reason.prefix(300)))"
        default: return "\(bytes.count) bytes of something else"
        }
    }
}
