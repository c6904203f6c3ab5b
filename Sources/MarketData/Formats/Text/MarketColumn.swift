/// What a column of market data is, and the names that programs give it: one table for all formats.
package enum MarketColumn: String, CaseIterable, Sendable {
    case time, closeTime, receive, instrument
    case open, high, low, close, volume
    case price, size, side, isBuyerMaker, id, condition, sequence
    case bid, bidSize, ask, askSize

    /// Names as ``key(_:)`` makes them; where a file has several, those that stand first are meant.
    package var names: [String] { MarketColumn.table[self] ?? [] }

    /// The place of a key among the names of a column, lower ones being meant first; nil where it is none.
    package func rank(_ key: String) -> Int? { names.firstIndex(of: key) }

    /// A name as it is compared, in lower case and of letters and digits alone: `1. open`, `<OPEN>` and `Open ` are all
    /// `open`.
    package static func key(_ name: String) -> String {
        var scalars = name.lowercased().unicodeScalars.filter { $0.properties.isAlphabetic || ("0"..."9").contains($0) }
        // Alpha Vantage numbers its columns.
        if name.contains("."), let first = scalars.first, ("0"..."9").contains(first), scalars.count > 1 {
            let rest = scalars.drop { ("0"..."9").contains($0) }
            if !rest.isEmpty { scalars = String.UnicodeScalarView(rest) }
        }
        return String(scalars)
    }

    private static let table: [MarketColumn: [String]] = [
        .time: [
            "tsevent", "opentime", "starttime", "barstart", "begin", "start", "datetime", "timestamp", "timestamputc",
            "datetimeutc", "utc", "timeutc", "dateutc", "gmttime", "localtime", "ts", "t", "unix", "unixtime",
            "unixtimestamp", "epoch", "time", "date", "dt", "dtyyyymmdd", "day", "tradingday", "tradedate",
            "tradingdate", "datetimegmt", "per", "week", "month", "period", "unnamed0", "eventtime", "exchangetime",
            "exchangetimestamp", "epochtime", "tradetime", "transacttime", "indexlevel0", "index", "", "timeofday",
            "hour", "hhmmss", "timestampms", "timestampus", "timestampns", "timestamps", "opentimems", "kdate",
        ],
        .closeTime: ["closetime", "endtime", "barend", "end"],
        .receive: [
            "receivetime", "receivedtime", "recvtime", "tsinit", "tsrecv", "localtime", "localtimestamp",
            "receivetimestamp",
        ],
        .instrument: [
            "symbol", "ticker", "tic", "instrument", "instrumentid", "sym", "code", "secid", "security", "asset",
            "pair", "contract", "stock", "name", "rawsymbol", "tsymbol", "scode",
        ],
        .open: ["open", "o", "openprice", "priceopen", "op", "opn", "first", "openpx"],
        .high: ["high", "h", "highprice", "pricehigh", "hi", "max", "highpx"],
        .low: ["low", "l", "lowprice", "pricelow", "lo", "min", "lowpx"],
        .close: ["close", "c", "closeprice", "priceclose", "cl", "closelast", "closepx", "last", "lastprice"],
        .volume: ["volume", "vol", "v", "volumeshares", "sharevolume", "totalvolume", "qty", "tickvol", "tickvolume"],
        .price: ["price", "px", "tradeprice", "p", "rate", "lastprice"],
        .size: [
            "size", "qty", "quantity", "volume", "vol", "shares", "sz", "tradesize", "amount", "q", "lastsize", "v",
        ],
        .side: ["side", "takerside", "aggressor", "aggressorside", "direction"],
        .isBuyerMaker: ["isbuyermaker", "buyermaker", "buyerismaker", "m"],
        .id: ["tradeid", "id", "aggtradeid", "aid", "trdmatchid", "tid"],
        .condition: ["condition", "conditions", "salecondition", "cond"],
        .sequence: ["sequence", "seq", "sequencenumber", "updateid", "lastupdateid"],
        .bid: ["bid", "bidprice", "bidpx", "bidpx00", "bestbid", "bestbidprice", "b"],
        .bidSize: ["bidsize", "bidvolume", "bidqty", "bidsz", "bidsz00", "bestbidqty", "bestbidsize", "bidvol", "bs"],
        .ask: ["ask", "askprice", "askpx", "askpx00", "bestask", "bestaskprice", "a", "offer", "ofr"],
        .askSize: [
            "asksize", "askvolume", "askqty", "asksz", "asksz00", "bestaskqty", "bestasksize", "askvol", "ofrsiz", "as",
        ],
    ]
}
