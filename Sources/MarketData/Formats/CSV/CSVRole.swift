/// What a column of a CSV file is.
package enum CSVRole: String, CaseIterable, Sendable {
    case time, closeTime = "close_time", receiveTime = "receive_time", symbol
    case open, high, low, close, volume
    case price, size, side, id, condition
    case bid, bidSize = "bid_size", ask, askSize = "ask_size"

    /// Names of columns, in lower case and without anything but letters and digits; those that stand first are meant
    /// where several are there.
    static let names: [CSVRole: [String]] = [
        .time: [
            "tsevent", "opentime", "starttime", "barstart", "begin", "start", "datetime", "timestamp", "timestamputc",
            "datetimeutc",
            "utc", "timeutc", "dateutc", "gmttime", "localtime", "ts", "t", "unix", "unixtime", "unixtimestamp",
            "epoch", "time",
            "date", "dt", "dtyyyymmdd", "day", "tradingday", "tradedate", "tradingdate", "datetimegmt", "per", "week",
            "month",
            "period", "unnamed0", "index", "", "timeofday", "hour", "hhmmss", "timestampms", "timestampus",
            "timestampns", "timestamps", "opentimems", "kdate",
        ],
        .closeTime: [
            "closetime", "endtime", "barend", "end", "timeclose", "closedatetime", "closetimestamp", "endtimestamp",
            "periodend", "intervalend", "windowend", "candleend", "barclose", "barclosetime", "timeend", "enddate",
            "enddatetime", "closetimems", "tsend", "tsclose", "datetimeclose", "kclosetime",
        ],
        .receiveTime: [
            "receivetime", "receivedtime", "recvtime", "tsinit", "tsrecv", "localtimestamp", "receivetimestamp",
            "receivedat", "recvtimestamp", "tsreceive", "receiptts", "receipttimestamp", "arrivaltime",
        ],
        .symbol: [
            "symbol", "ticker", "tic", "instrument", "sym", "code", "secid", "security", "asset", "pair", "contract",
            "stock", "name",
            "instrumentid", "rawsymbol", "tsymbol", "scode", "permno", "permco", "gvkey", "securityid", "stockcode",
            "stkcd", "tscode", "windcode", "secucode", "symbolid", "assetid", "contractid", "marketid", "isin", "cusip",
            "sedol", "wkn", "figi", "ric", "sid", "tickerid", "productid", "instrumentcode", "instrumenttoken",
            "securitycode", "issuecode", "symbolcode", "stockid", "scripcode", "conid",
        ],
        .open: ["open", "o", "openprice", "priceopen", "op", "opn", "first", "openpx"],
        .high: ["high", "h", "highprice", "pricehigh", "hi", "max", "highpx"],
        .low: ["low", "l", "lowprice", "pricelow", "lo", "min", "lowpx"],
        .close: ["close", "c", "closeprice", "priceclose", "cl", "closelast", "closepx", "last", "lastprice"],
        .volume: ["volume", "vol", "v", "volumeshares", "sharevolume", "totalvolume", "qty", "tickvol", "tickvolume"],
        .price: ["price", "px", "tradeprice", "p", "rate", "lastprice"],
        .size: ["size", "qty", "quantity", "volume", "vol", "shares", "sz", "tradesize", "amount", "q", "lastsize"],
        .side: ["side", "takerside", "aggressor", "aggressorside", "isbuyermaker", "buyermaker", "direction"],
        .id: ["tradeid", "id", "aggtradeid", "aid", "trdmatchid", "tid"],
        .condition: ["condition", "conditions", "salecondition", "cond"],
        .bid: ["bid", "bidprice", "bidpx", "bidpx00", "bestbid", "bestbidprice", "b"],
        .bidSize: ["bidsize", "bidvolume", "bidqty", "bidsz", "bidsz00", "bestbidqty", "bestbidsize", "bidvol", "bs"],
        .ask: ["ask", "askprice", "askpx", "askpx00", "bestask", "bestaskprice", "a", "offer", "ofr"],
        .askSize: [
            "asksize", "askvolume", "askqty", "asksz", "asksz00", "bestaskqty", "bestasksize", "askvol", "ofrsiz", "as",
        ],
    ]

    /// A name as it is compared: `1. open`, `<OPEN>` and `Open ` are all `open`.
    static func key(_ name: String) -> String {
        var scalars = name.lowercased().unicodeScalars.filter { $0.properties.isAlphabetic || ("0"..."9").contains($0) }
        // Alpha Vantage numbers its columns.
        if name.contains("."), let first = scalars.first, ("0"..."9").contains(first), scalars.count > 1 {
            let rest = scalars.drop { ("0"..."9").contains($0) }
            if !rest.isEmpty { scalars = String.UnicodeScalarView(rest) }
        }
        return String(scalars)
    }

    /// Columns of bars in whose place a name stands that says something else.
    static let barRoles: [CSVRole] = [.open, .high, .low, .close, .volume]

    /// Whether the name of a column of times says that they are the ends of bars.
    static func saysEnd(_ name: String) -> Bool {
        let key = key(name)
        return key.contains("close") || key.hasPrefix("end") || key.hasSuffix("end")
    }

    /// The part of a bar that a key names.
    static func barRole(_ key: String) -> CSVRole? { barRoles.first { names[$0]?.contains(key) == true } }

    /// The group and part of a bar of names such as `AAPL.Open`, `open_AAPL`, `BidOpen`.
    static func grouped(_ name: String) -> (group: String, role: CSVRole)? {
        let long: Set<String> = ["open", "high", "low", "close", "volume"]
        for mark in ["_", ".", " ", "-", "|", ":", "/"] as [Character] {
            if let cut = name.lastIndex(of: mark), cut > name.startIndex {
                let tail = key(String(name[name.index(after: cut)...]))
                if long.contains(tail), let role = barRole(tail) { return (String(name[..<cut]), role) }
            }
            if let cut = name.firstIndex(of: mark), name.index(after: cut) < name.endIndex {
                let head = key(String(name[..<cut]))
                if long.contains(head), let role = barRole(head) {
                    return (String(name[name.index(after: cut)...]), role)
                }
            }
        }
        let all = key(name)
        for side in ["bid", "ask"] where all.hasPrefix(side) && long.contains(String(all.dropFirst(3))) {
            return barRole(String(all.dropFirst(3))).map { (side, $0) }
        }
        return nil
    }
}
