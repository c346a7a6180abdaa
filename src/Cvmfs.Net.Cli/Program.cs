using Cvmfs.Net.Cli;

using var interruption = Interruption.OfProcess();
return await CvmfsCommandLine.RunAsync(args, CliHost.OfProcess(interruption));
