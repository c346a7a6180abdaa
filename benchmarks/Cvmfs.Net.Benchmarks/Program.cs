using BenchmarkDotNet.Running;

// The runner reports a benchmark that threw and carries on; an exit code lets a script notice.
var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
