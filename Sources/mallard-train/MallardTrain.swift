print("mallard-train")
