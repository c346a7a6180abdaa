using Cvmfs.Net.Cli;

NativeHeap.Bound();
using var interruption = Interruption.OfProcess();
return await CvmfsCommandLine.RunAsync(args, CliHost.OfProcess(interruption));
