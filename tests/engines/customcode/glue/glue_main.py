# stands for the main script
