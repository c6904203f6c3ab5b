package import Pipelines

/// The typed stages of a `pipeline.yaml`, as data: each lowers to one command of this tool.
package enum StageTypes {
    package static let kinds = StageType.kinds([
        StageType(
            "simulate", "bars of a simulated market", command: ["simulate", "market"],
            keys: [
                .init("config", .input, option: "--config", isRequired: true),
                .init("out", .output, option: "-o", isRequired: true),
            ]),
        StageType(
            "import", "bars of Yahoo Finance", command: ["import", "yahoo"],
            keys: [
                .init("tickers", .value, isRequired: true), .init("interval", .value, option: "--interval"),
                .init("range", .value, option: "--range"),
                .init("baseURL", .value, option: "--base-url"), .init("out", .output, option: "-o", isRequired: true),
            ]),
        StageType(
            "check", "a quality report on raw data", command: ["check"], saysVerdict: true,
            keys: [
                .init("suite", .input, isRequired: true), .init("data", .input, isRequired: true),
                .init("market", .input, option: "--market"),
                .init("report", .output, option: "--save", isRequired: true),
                .init("junit", .uncachedOutput, option: "--junit"),
            ]),
        StageType(
            "features", "a feature table of raw data", command: ["features"],
            keys: [
                .init("spec", .input, isRequired: true), .init("data", .input, isRequired: true),
                .init("market", .input, option: "--market"),
                .init("quality", .input, option: "--quality"), .init("out", .output, option: "-o", isRequired: true),
            ]),
        StageType(
            "train", "a model and its run", command: ["train"],
            keys: [
                .init("config", .input, isRequired: true), .init("features", .input, option: "--features"),
                .init("data", .input, option: "--data"),
                .init("set", .assignment, option: "--set"), .init("experiment", .value, option: "--experiment"),
                .init("name", .value, option: "--name"),
                .init("repeats", .value, option: "--repeats"), .init("initial", .input, option: "--initial"),
                .init("out", .output, option: "-o", isRequired: true),
            ]),
        StageType(
            "ensemble", "one model of several", command: ["model", "ensemble"],
            keys: [
                .init("models", .input, isRequired: true), .init("name", .value, option: "--name"),
                .init("out", .output, option: "-o", isRequired: true),
            ]),
        StageType(
            "evaluate", "measures of a model on a table", command: ["evaluate"],
            keys: [
                .init("model", .input, isRequired: true), .init("features", .input, option: "--on", isRequired: true),
                .init("strategy", .input, option: "--strategy", isRequired: true),
                .init("out", .output, option: "-o", isRequired: true),
            ]),
        StageType(
            "backtest", "what a model would have earned", command: ["backtest"],
            keys: [
                .init("model", .input, isRequired: true), .init("features", .input, option: "--on", isRequired: true),
                .init("strategy", .input, option: "--strategy", isRequired: true),
                .init("out", .output, option: "-o", isRequired: true),
            ]),
        StageType(
            "compare", "two models side by side, as Markdown", command: ["compare"],
            keys: [
                .init("a", .input, isRequired: true), .init("b", .input, isRequired: true),
                .init("strategy", .input, option: "--strategy"),
                .init("out", .output, option: "--markdown", isRequired: true),
            ]),
        StageType(
            "register", "a version of a model in the registry", command: ["models", "register"],
            keys: [
                .init("run", .input, isRequired: true), .init("name", .value, option: "--name", isRequired: true),
                .init("out", .output, option: "-o", isRequired: true),
            ]),
        StageType(
            "gate", "the decision whether a version may go live", command: ["gate"], saysVerdict: true,
            keys: [
                .init("version", .input, isRequired: true),
                .init("environment", .value, option: "--for"), .init("key", .value, option: "--key"),
                .init("policy", .input, option: "--policy"),
                .init("features", .input, option: "--features", isRequired: true),
                .init("strategy", .input, option: "--strategy", isRequired: true),
                .init("against", .value, option: "--against"),
                .init("out", .output, option: "--save", isRequired: true),
                .init("junit", .uncachedOutput, option: "--junit"),
            ]),
        StageType(
            "promote", "a signed promotion to an environment", command: ["promote"],
            keys: [
                .init("version", .input, isRequired: true), .init("to", .value, option: "--to", isRequired: true),
                .init("features", .input, option: "--features", isRequired: true),
                .init("strategy", .input, option: "--strategy", isRequired: true),
                .init("key", .value, option: "--key", isRequired: true),
                .init("alias", .value, option: "--alias"), .init("out", .output, option: "--save", isRequired: true),
            ]),
        StageType(
            "replay", "the trading program over recorded data", program: "hftml-runtime", command: ["replay"],
            keys: [
                .init("environment", .value, isRequired: true), .init("data", .input, isRequired: true),
                .init("from", .value, option: "--from"), .init("until", .value, option: "--until"),
                .init("out", .output, option: "-o", isRequired: true),
            ]),
    ])
}
