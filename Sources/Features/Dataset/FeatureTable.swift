import Basics
import MarketData
import Tensors

/// Feature rows of many instruments, each instrument's rows together and in time order: the artefact between features and
/// training. Stored as safetensors, so Python reads it with one call.
package struct FeatureTable: Sendable {
    package var featureNames: [String]
    package var instruments: [String]
    package var spec: FeatureSpec
    package var market: MarketSpec
    package var label: LabelSpec
    /// Digest of the bars the rows came from.
    package var source: String
    /// `[N][F]`.
    package var values: [Float] = []
    package var time: [Nanoseconds] = []
    /// Index into `instruments`.
    package var instrument: [Int32] = []
    /// Rows with equal number are consecutive bars; a window must stay inside one.
    package var segment: [Int32] = []
    /// Return of the label's interval as a fraction; NaN where the segment ends too soon.
    package var forwardReturn: [Double] = []

    package init(spec: FeatureSpec, market: MarketSpec, label: LabelSpec, source: String) {
        featureNames = spec.features.map(\.name)
        instruments = []
        self.spec = spec
        self.market = market
        self.label = label
        self.source = source
    }

    package var rowCount: Int { time.count }
    package var width: Int { featureNames.count }

    /// Folds the feature stream over one instrument's bars and appends its rows.
    package mutating func append(_ bars: BarTable) throws {
        var stream = try FeatureStream(
            spec: spec, market: market, priceDecimals: bars.priceDecimals, volumeDecimals: bars.volumeDecimals)
        let index = Int32(instruments.count)
        instruments.append(bars.instrument)
        let base = (segment.last ?? -1) + 1
        var row = [Float](repeating: 0, count: width)
        /// Used bars: position in `bars`, segment of the stream, and row of the table or −1.
        var used: [(bar: Int, segment: Int32, row: Int)] = []
        used.reserveCapacity(bars.count)
        var barSegment: Int32 = 0
        for i in 0..<bars.count {
            let before = stream.segment
            let outcome = row.withUnsafeMutableBufferPointer { buffer -> FeatureStream.Row in
                guard let base = buffer.baseAddress else { return .notReady }
                return stream.push(bars[i], into: base)
            }
            switch outcome {
            case .unused: continue
            case .notReady:
                if stream.segment != before { barSegment += 1 }
                used.append((i, barSegment, -1))
            case .ready:
                if stream.segment != before { barSegment += 1 }
                used.append((i, barSegment, rowCount))
                values.append(contentsOf: row)
                time.append(bars.time[i])
                instrument.append(index)
                segment.append(base + stream.segment)
            }
        }
        for position in used.indices where used[position].row >= 0 {
            let end = position + label.horizon
            guard end < used.count, used[end].segment == used[position].segment else {
                forwardReturn.append(.nan)
                continue
            }
            let entry = Double(bars.open[used[position + 1].bar]), exit = Double(bars.close[used[end].bar])
            forwardReturn.append(entry > 0 ? exit / entry - 1 : .nan)
        }
    }

    /// Appends the rows of another table of the same spec.
    package mutating func append(_ other: FeatureTable) {
        let instrumentBase = Int32(instruments.count), segmentBase = (segment.last ?? -1) + 1
        instruments += other.instruments
        values += other.values
        time += other.time
        instrument += other.instrument.map { $0 + instrumentBase }
        segment += other.segment.map { $0 + segmentBase }
        forwardReturn += other.forwardReturn
    }

    // MARK: File

    package func write(to path: String) throws {
        var file = SafetensorsFile()
        file.set("features", shape: [rowCount, width], .float32(values))
        file.set("time", shape: [rowCount], .int64(time))
        file.set("instrument", shape: [rowCount], .int32(instrument))
        file.set("segment", shape: [rowCount], .int32(segment))
        file.set("forward_return", shape: [rowCount], .float64(forwardReturn))
        file.metadata = [
            "format": "hftml-features", "version": "1", "spec": spec.json.text(.compact),
            "market": market.json.text(.compact), "label": label.json.text(.compact), "source": source,
            "instruments": JSONValue.strings(instruments).text(.compact),
        ]
        try file.write(to: path)
    }

    /// - Throws: ``Failure`` with code `features.format` for anything that is no feature table.
    package static func read(_ path: String) throws -> FeatureTable {
        let file = try SafetensorsFile.read(path)
        func malformed(_ what: String) -> Failure {
            Failure("features.format", "\(what) in '\(path)'", hint: "make it with: hftml features")
        }
        guard file.metadata["format"] == "hftml-features", file.metadata["version"] == "1" else {
            throw malformed("found no feature table of version 1")
        }
        func node(_ key: String) throws -> JSONValue { try JSONParser.parse(file.metadata[key] ?? "null", file: path) }
        var table = FeatureTable(
            spec: try FeatureSpec(try node("spec")), market: try MarketSpec(try node("market")),
            label: try LabelSpec(try node("label"), path: "label"), source: file.metadata["source"] ?? "")
        table.instruments = try node("instruments").listValue?.compactMap(\.stringValue) ?? []
        guard case .float32(let values)? = file["features"]?.column, case .int64(let time)? = file["time"]?.column,
            case .int32(let instrument)? = file["instrument"]?.column, case .int32(let segment)? = file["segment"]?.column,
            case .float64(let forward)? = file["forward_return"]?.column
        else { throw malformed("found no complete set of columns") }
        let n = time.count
        guard values.count == n * table.width, instrument.count == n, segment.count == n, forward.count == n,
            instrument.allSatisfy({ $0 >= 0 && $0 < table.instruments.count })
        else { throw malformed("found columns of different lengths") }
        (table.values, table.time, table.instrument, table.segment, table.forwardReturn) = (values, time, instrument, segment, forward)
        return table
    }
}
