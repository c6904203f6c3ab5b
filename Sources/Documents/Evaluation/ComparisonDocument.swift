import Backtesting
package import Basics
import Registry
package import Workflows

/// Two models compared: every measure with intervals, tests, and one sentence of verdict.
package struct ComparisonDocument: Document {
    private let o: CompareModels.Outcome

    package init(_ outcome: CompareModels.Outcome) { o = outcome }

    package var page: Page { ComparisonPage(o).page }
    /// For a merge request.
    package var markdown: String { ComparisonText(o).markdown }

    package func text(_ style: TextStyle) -> String { ComparisonText(o).terminal(style) }

    package var body: JSONValue {
        func node(_ i: BlockBootstrap.Interval) -> JSONValue {
            .map(["estimate": .double(i.estimate), "lower": .double(i.lower), "upper": .double(i.upper)])
        }
        func group(_ g: CompareModels.Group) -> JSONValue {
            .map(["name": .string(g.name), "samples": .int(g.samples), "a": .double(g.a), "b": .double(g.b)])
        }
        func curve(_ c: [(step: Int, value: Double)]) -> JSONValue {
            .list(c.map { .list([.int($0.step), .double($0.value)]) })
        }
        var out = JSONValue.map([
            "a": .string(o.a.run.id), "b": .string(o.b.run.id), "samples": .int(o.samples),
            "block": .double(o.block),
            "parameters": .list(
                o.parameterDifferences.map { .map(["key": .string($0.key), "a": .string($0.a), "b": .string($0.b)]) }),
            "origins": .list(
                o.detail.origins.map { .map(["what": .string($0.what), "a": .string($0.a), "b": .string($0.b)]) }),
        ])
        out[key: "measures"] = .list(
            o.measures.map {
                .map([
                    "name": .string($0.name), "a": node($0.a), "b": node($0.b), "difference": node($0.difference),
                    "better": .string($0.sign > 0 ? "a" : $0.sign < 0 ? "b" : "open"),
                    "p": .double($0.test.pValue), "adjustedP": .double($0.pValue),
                    "test": .string($0.test.method.rawValue),
                ])
            })
        out[key: "dieboldMariano"] =
            o.dieboldMariano.map { .map(["statistic": .double($0.statistic), "p": .double($0.pValue)]) } ?? .null
        out[key: "mcNemar"] =
            o.mcNemar.map {
                .map([
                    "onlyA": .int($0.onlyARight), "onlyB": .int($0.onlyBRight), "exact": .double($0.exact),
                    "midP": .double($0.midP),
                ])
            } ?? .null
        out[key: "leftOut"] = .map([
            "onlyA": .int(o.leftOut.onlyA), "onlyB": .int(o.leftOut.onlyB),
            "otherTargets": .int(o.leftOut.otherTargets),
        ])
        out[key: "sampleSets"] = .map([
            "a": .string(o.a.evaluation?.sampleSet), "b": .string(o.b.evaluation?.sampleSet),
        ])
        out[key: "objections"] = .strings(o.objections)
        out[key: "moneyNote"] = .string(o.moneyNote)
        out[key: "tradedBy"] =
            o.detail.equity == nil ? .null : .string(o.detail.estimateReason == nil ? "desk" : "estimate")
        out[key: "estimateReason"] = .string(o.detail.estimateReason)
        out[key: "dailyReturnP"] = .double(o.dailyReturnP)
        out[key: "metric"] = .string(o.detail.metric)
        out[key: "effectSize"] = .double(o.detail.effectSize)
        out[key: "seeds"] =
            o.detail.seeds.map {
                .map(["a": RepeatTraining.json($0.a), "b": RepeatTraining.json($0.b), "welchP": .double($0.pValue)])
            } ?? .null
        out[key: "calibrationError"] =
            o.detail.calibration.map { .map(["a": .double($0.a.expectedError), "b": .double($0.b.expectedError)]) }
            ?? .null
        out[key: "instruments"] = .list(o.detail.instruments.map(group))
        out[key: "days"] = .list(o.detail.days.map(group))
        out[key: "curves"] = .map(
            o.detail.curves.map { ($0.name, JSONValue.map(["a": curve($0.a), "b": curve($0.b)])) })
        out[key: "drawdown"] =
            o.detail.equity.map { .map(["a": .double($0.a.maximumDrawdown), "b": .double($0.b.maximumDrawdown)]) }
            ?? .null
        out[key: "dailyReturn"] = o.dailyReturn.map(node) ?? .null
        out[key: "verdict"] = .string(o.verdict)
        out[key: "different"] = .bool(o.isDifferent)
        return out
    }
}
