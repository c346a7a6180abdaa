// Placeholder until the first real content lands.
Console.WriteLine("RepositoryMonitor");
